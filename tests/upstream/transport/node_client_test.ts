import assert from "node:assert/strict";
import { rawServer, sendOnce, textOf, told } from "../../helpers/peers/raw_server.ts";
import { freePort } from "../../helpers/free_port.ts";

const CHUNKED = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
const HELLO = { status: 200, text: "hello" };
const BROKE = /^Sim broke the connection in the middle of its answer \(/;

/** What is on the wire, and what comes of it. */
const ANSWERS: Readonly<Record<string, [wire: string, outcome: object]>> = {
  "a length": ["HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello", HELLO],
  "chunks, an extension and trailers": [
    `${CHUNKED}2;x=y\r\nhe\r\n3\r\nllo\r\n0\r\nx-trailer: 1\r\n\r\n`,
    HELLO,
  ],
  "neither, until the end of the connection": ["HTTP/1.1 200 OK\r\n\r\nhello", HELLO],
  "HTTP/1.0": ["HTTP/1.0 200 OK\r\n\r\nhello", HELLO],
  "no reason phrase": ["HTTP/1.1 200\r\ncontent-length: 5\r\n\r\nhello", HELLO],
  "line feeds alone": ["HTTP/1.1 200 OK\ncontent-length: 5\n\nhello", HELLO],
  "a length and chunks": [
    "HTTP/1.1 200 OK\r\ncontent-length: 99\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
    HELLO,
  ],
  "interim answers first": [
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" +
    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
    HELLO,
  ],
  "a folded header": [
    "HTTP/1.1 200 OK\r\nx-a: b\r\n c\r\ncontent-length: 5\r\n\r\nhello",
    HELLO,
  ],
  "a redirect": [
    "HTTP/1.1 307 Go\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 5\r\n\r\nhello",
    { status: 307, text: "hello" },
  ],
  "no content": ["HTTP/1.1 204 No Content\r\n\r\n", { status: 204, text: "" }],
  "a status beyond all": ["HTTP/1.1 999 OK\r\n\r\nhello", { status: 999, text: "hello" }],
  "chunks without the last one": [
    `${CHUNKED}5\r\nhello\r\n`,
    { failed: "broken_stream", said: BROKE, status: 200 },
  ],
  "a chunk that is cut": [
    `${CHUNKED}50\r\nhello`,
    { failed: "broken_stream", said: BROKE, status: 200 },
  ],
  "a chunk that is none": [
    `${CHUNKED}zz\r\nhello\r\n`,
    { failed: "broken_stream", said: BROKE, status: 200 },
  ],
  "fewer bytes than the length says": [
    "HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello",
    { failed: "broken_stream", said: BROKE, status: 200 },
  ],
  "something else": [
    "SSH-2.0-OpenSSH_9.9\r\n\r\n",
    { failed: "bad_answer", said: /^Sim answered with something that is not HTTP \(Expected HTTP/ },
  ],
  "two lengths": [
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    { failed: "bad_answer", said: /^Sim answered with something that is not HTTP \(Duplicate/ },
  ],
  "a header that is none": [
    "HTTP/1.1 200 OK\r\nx a: b\r\ncontent-length: 5\r\n\r\nhello",
    { failed: "bad_answer", said: /^Sim answered with something that is not HTTP/ },
  ],
  "another protocol": [
    "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
    { failed: "bad_answer", said: /^Sim answered HTTP 101/ },
  ],
  "a head of 10 MB in one header": [
    `HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(10_000_000)}\r\n\r\nhello`,
    { failed: "bad_answer", said: /^Sim answered with a head larger than 256 KiB$/ },
  ],
  "a head of 10 MB in many headers": [
    `HTTP/1.1 200 OK\r\n${"x-a: 0123456789\r\n".repeat(600_000)}\r\nhello`,
    { failed: "bad_answer", said: /^Sim answered with a head larger than 256 KiB$/ },
  ],
  "a head of 100 KB": [
    `HTTP/1.1 200 OK\r\nx-a: ${"a".repeat(100_000)}\r\ncontent-length: 5\r\n\r\nhello`,
    HELLO,
  ],
  "nothing": [
    "",
    { failed: "broken_stream", said: /^Sim closed the connection before it answered/ },
  ],
  "half a head": [
    "HTTP/1.1 200 OK\r\nx-a: ",
    { failed: "broken_stream", said: /^Sim closed the connection before it answered/ },
  ],
};

for (const [name, [wire, outcome]] of Object.entries(ANSWERS)) {
  Deno.test(`node client: an answer with ${name}`, async () => {
    await using server = rawServer(({ say }) => say(wire));
    const { headers: _, ...came } = { headers: undefined, ...await told(url(server)) };
    const said = "said" in came ? came.said : "";
    if ("said" in outcome) assert.match(said, outcome.said as RegExp);
    assert.deepEqual({ ...came, said: 0 }, { ...outcome, said: 0 });
    assert.equal(server.accepted, 1);
  });
}

function url({ port }: { port: number }, path = "/v1/responses?a=b"): string {
  return `http://127.0.0.1:${port}${path}`;
}

const DRIPPED = {
  "an answer":
    "HTTP/1.1 200 OK\r\nx-a: b\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
  "line feeds alone": "HTTP/1.1 200 OK\ncontent-length: 5\n\nhello",
  "empty lines before it": "\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
  "interim answers first": "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n" +
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello",
};

for (const [name, wire] of Object.entries(DRIPPED)) {
  Deno.test(`node client: ${name}, byte by byte`, async () => {
    await using server = rawServer(async ({ say }) => {
      for (const byte of wire) {
        await say(byte);
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    });
    assert.deepEqual({ ...await told(url(server)), headers: 0 }, { ...HELLO, headers: 0 });
  });
}

Deno.test("node client: an answer that begins before the request was taken lets the rest of the request go up", async () => {
  const size = 8_000_000;
  await using server = rawServer(async ({ say, conn }) => {
    await say("HTTP/1.1 200 OK\r\n\r\n");
    const buffer = new Uint8Array(65_536);
    let taken = 0;
    while (taken < size - buffer.length) taken += await conn.read(buffer) ?? Infinity;
    await say("hello");
  }, { reads: false });
  const came = await told(url(server), { body: () => "x".repeat(size) });
  assert.deepEqual({ ...came, headers: 0 }, { ...HELLO, headers: 0 });
});

Deno.test("node client: what is sent is the request, once, with its length and its own host", async () => {
  let head = "";
  await using server = rawServer(async (connection) => {
    head = connection.head;
    await connection.say("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
  });
  await told(url(server), {
    headers: new Headers({ authorization: "Bearer k", "content-type": "application/json" }),
    body: () => "é€",
  });
  const [line, ...lines] = head.split("\r\n\r\n")[0]!.split("\r\n");
  assert.equal(line, "POST /v1/responses?a=b HTTP/1.1");
  assert.deepEqual(lines.map((each) => each.toLowerCase()).sort(), [
    "accept: */*",
    "authorization: bearer k",
    "connection: close",
    "content-length: 5",
    "content-type: application/json",
    `host: 127.0.0.1:${server.port}`,
    "user-agent: codex-sidecar",
  ]);
});

Deno.test("node client: a connection that dies once the request was written is a failure, and nothing is sent again", async () => {
  await using server = rawServer(async ({ say }) => {
    if (server.accepted % 2 === 0) return;
    await say("HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: keep-alive\r\n\r\nhello");
  });
  assert.equal((await told(url(server)) as { status: number }).status, 200);
  const failed = await told(url(server));
  assert.deepEqual("failed" in failed && failed.failed, "broken_stream");
  assert.equal(server.accepted, 2);
});

Deno.test("node client: a refused connection is reported with a hint", async () => {
  const port = freePort();
  const failed = await told(url({ port })) as { failed: string; said: string };
  assert.equal(failed.failed, "unreachable");
  assert.equal(
    failed.said,
    `Sim could not be reached at 127.0.0.1:${port}: Connection refused. ` +
      "Nothing listens there: check base_url and that the gateway runs",
  );
});

Deno.test("node client: a host that is not known is reported with a hint", async () => {
  const failed = await told("http://nosuch.invalid/v1") as { failed: string; said: string };
  assert.equal(failed.failed, "unreachable");
  assert.match(failed.said, /^Sim could not be reached at nosuch.invalid: the /);
  assert.match(failed.said, /Check the host name and the network$/);
});

Deno.test("node client: an answer that comes before the request was taken is read", async () => {
  // A system that closes a connection on which something was not read takes back what it sent
  const read = Promise.withResolvers<void>();
  await using server = rawServer(async ({ say, conn }) => {
    await say("HTTP/1.1 413 Too Large\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello");
    await conn.closeWrite();
    await read.promise;
  });
  const came = await told(url(server), { body: () => "x".repeat(8_000_000) });
  read.resolve();
  assert.deepEqual({ ...came, headers: 0 }, { status: 413, text: "hello", headers: 0 });
});

Deno.test("node client: what came before the connection broke is read first", async () => {
  await using server = rawServer(({ say }) => say(`${CHUNKED}5\r\nhello\r\n`));
  const answer = await sendOnce(url(server));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const chunks = await answer.body.read();
  assert.equal(new TextDecoder().decode(chunks?.[0]), "hello");
  await assert.rejects(answer.body.read(), /broke the connection/);
});

Deno.test("node client: all that came meanwhile is handed over at once", async () => {
  const sent = Promise.withResolvers<void>();
  await using server = rawServer(async ({ say, gone }) => {
    await say(CHUNKED);
    for (let n = 0; n < 10; n++) {
      await say("5\r\nhello\r\n");
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    sent.resolve();
    await gone();
  });
  const { body } = await sendOnce(url(server));
  await sent.promise;
  let size = 0;
  let reads = 0;
  while (size < 50) {
    await new Promise((resolve) => setTimeout(resolve, 60));
    for (const chunk of await body.read() ?? []) size += chunk.length;
    reads++;
  }
  assert.ok(reads <= 3, `${reads} reads`);
  body.cancel(undefined);
  assert.equal(await body.read(), undefined);
});

Deno.test("node client: what is not read is not taken from the network", async () => {
  let sent = 0;
  await using server = rawServer(async ({ conn, say }) => {
    await say("HTTP/1.1 200 OK\r\n\r\n");
    const piece = new Uint8Array(64 * 1024);
    while (sent < 256 * 1024 * 1024) sent += await conn.write(piece);
  });
  const { body } = await sendOnce(url(server));
  await body.read();
  let before = -1;
  while (before !== sent) { // until the sender stands still
    before = sent;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.ok(sent < 32 * 1024 * 1024, `${sent} bytes were taken`);
  for (let n = 0; n < 2_000 && sent === before; n++) await body.read();
  assert.ok(sent > before, "the flow does not go on");
  body.cancel(undefined);
});

Deno.test("node client: a request that cannot be written is reported as that", async () => {
  await using server = rawServer(({ gone }) => gone());
  const failed = await told(url(server), { method: "BAD METHOD" }) as { failed: string };
  assert.equal(failed.failed, "bad_request");
});

Deno.test("node client: a body is given as text or as bytes", async () => {
  await using server = rawServer(({ say, head }) =>
    say(`HTTP/1.1 200 OK\r\n\r\n${/content-length: (\d+)/i.exec(head)?.[1]}`)
  );
  for (const [body, length] of [["é", "2"], [new Uint8Array(7), "7"], [undefined, "0"]] as const) {
    const answer = await sendOnce(url(server), {
      body: body === undefined ? undefined : () => body,
    });
    assert.equal(await textOf(answer), length);
  }
});
