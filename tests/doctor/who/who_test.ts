import assert from "node:assert/strict";
import { systemClock, systemRandom } from "../../../lib/base/clock.ts";
import { listenerUsers, listensAsUs } from "../../../lib/doctor/who/listener_user.ts";
import { askWho, type Who, WHO_TIMEOUT_MS } from "../../../lib/doctor/who/who.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { startServer } from "../../../lib/proxy/server.ts";
import { testConfig } from "../../helpers/proxy/app.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

const SECRET = new Uint8Array(32).fill(1);
const OTHER = new Uint8Array(32).fill(2);
const deps = {
  clock: systemClock,
  random: systemRandom,
  secret: SECRET as Uint8Array | undefined,
  listensAsUs: () => Promise.resolve(false),
};

/** A real sidecar with that secret. */
function sidecar(secret: Uint8Array | undefined, host = "127.0.0.1", port = 0) {
  return startServer(testConfig({ listen: { host, port, token: "a-token" } }), {
    clock: systemClock,
    random: systemRandom,
    observer: silent,
    env: () => undefined,
    version: "1.2.3",
    secret: () => Promise.resolve(secret),
  });
}

/** A stranger that answers a request, as text, with bytes; what it was sent; and who the asker takes it for. */
async function stranger(
  answer: (request: string, connection: Deno.TcpConn) => Promise<void>,
  ask: (port: number) => Promise<Who> = (port) => askWho(port, deps),
): Promise<{ who: Who; sent: string[] }> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const sent: string[] = [];
  const accepting = (async () => {
    for await (const connection of listener) {
      const bytes = new Uint8Array(8192);
      const size = await connection.read(bytes) ?? 0;
      sent.push(new TextDecoder().decode(bytes.subarray(0, size)));
      await answer(sent.at(-1) ?? "", connection).catch(unlessGone);
      closeQuietly(connection);
    }
  })();
  const who = await ask(listener.addr.port);
  listener.close();
  await accepting.catch(unlessGone);
  return { who, sent };
}

/** A client that has left is what these tests are about. */
function unlessGone(error: unknown): void {
  if (!(error instanceof Error)) throw error;
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch (error) {
    unlessGone(error);
  }
}

const write = (connection: Deno.Conn, text: string) =>
  connection.write(new TextEncoder().encode(text));
const http = (body: string, head = "HTTP/1.1 200 OK", type = "application/json") =>
  `${head}\r\ncontent-type: ${type}\r\ncontent-length: ${
    new TextEncoder().encode(body).length
  }\r\nconnection: close\r\n\r\n${body}`;
const health = (more: Record<string, unknown> = {}) =>
  JSON.stringify({ status: "ok", version: "1.2.3", live: 0, ...more });
const nonceOf = (request: string) => /nonce=([0-9a-f]+)/.exec(request)?.[1] ?? "";

for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
  Deno.test(`who: this user's sidecar on ${host} is known by its proof`, async () => {
    const running = sidecar(SECRET, host);
    assert.deepEqual(await askWho(running.port, deps), {
      is: "sidecar",
      version: "1.2.3",
      live: 0,
    });
    await running.stop();
    assert.deepEqual(await askWho(running.port, deps), { is: "nobody" });
  });
}

Deno.test("who: another user's sidecar is a stranger, also to one who has no secret yet", async () => {
  const running = sidecar(OTHER);
  for (const secret of [SECRET, undefined]) {
    assert.deepEqual(await askWho(running.port, { ...deps, secret }), {
      is: "stranger",
      answer: "as a sidecar 1.2.3 does, with a proof that is not yours",
    });
  }
  await running.stop();
});

Deno.test("who: a sidecar without a secret is believed only where the system says that it is this user's", async () => {
  const running = sidecar(undefined);
  const asUs = (yes: boolean) =>
    askWho(running.port, { ...deps, listensAsUs: () => Promise.resolve(yes) });
  const [unknown, known] = [await asUs(false), await asUs(true)];
  await running.stop();
  assert.deepEqual([unknown.is, known.is], ["unproved", "sidecar"]);
  assert.match(unknown.is === "unproved" ? unknown.why : "", /could keep no secret/);
});

const strangers: [name: string, answer: string, who: Who["is"], says: RegExp][] = [
  [
    "a web page",
    http("<!doctype html><title>Dev server</title>", undefined, "text/html"),
    "stranger",
    /^HTTP 200, text\/html: <!doctype html><title>Dev server<\/title>$/,
  ],
  ["the right JSON without a proof", http(health()), "unproved", /an older version, or another/],
  ["a proof of zeros", http(health({ proof: "0".repeat(64) })), "stranger", /not yours$/],
  ["a proof that is true", http(health({ proof: true })), "stranger", /not yours$/],
  ["a proof that is a list", http(health({ proof: ["0".repeat(64)] })), "stranger", /not yours$/],
  ["JSON that is no object", http("[]"), "stranger", /^HTTP 200, application\/json: \[\]$/],
  ["JSON with a status of its own", http(`{"status":"ok"}`), "stranger", /\{"status":"ok"\}$/],
  [
    "a version that writes to the terminal",
    http(health({ version: "1\u001b]0;x\u0007" })),
    "stranger",
    /^HTTP 200, application\/json: \{\P{Cc}*\}$/u,
  ],
  [
    "words that would move the cursor and turn the line",
    http("\u001b[2J\u202eevil\u200b\r\n\u009b1mx", undefined, "text/plain\u001b[1m"),
    "stranger",
    /^(?:HTTP 200, text\/plain \[1m: \[2J evil 1mx|no HTTP)$/,
  ],
  ["a key in its words", http("sk-abcdefgh12345678", undefined, "a/b"), "stranger", /: sk-…$/],
  [
    "a redirect to a real sidecar",
    "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/healthz\r\ncontent-length: 0\r\n\r\n",
    "stranger",
    /^HTTP 302, no content type$/,
  ],
  ["an error", http("no", "HTTP/1.1 500 No"), "stranger", /^HTTP 500, application\/json: no$/],
  ["no HTTP", "SSH-2.0-OpenSSH_9.9\r\n", "stranger", /^no HTTP$/],
  ["nothing, and closes", "", "stranger", /^no HTTP$/],
  [
    "the right JSON and 20 KiB of blanks",
    http(health() + " ".repeat(20 * 1024)),
    "stranger",
    /^HTTP 200, /,
  ],
  [
    "a body that is cut off",
    "HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{",
    "stranger",
    /^no HTTP$/,
  ],
];
for (const [name, answer, is, says] of strangers) {
  Deno.test(`who: a stranger that answers ${name} is ${is}`, async () => {
    const { who, sent } = await stranger(async (_, connection) =>
      void await write(connection, answer)
    );
    assert.equal(who.is, is, JSON.stringify(who));
    assert.match(who.is === "stranger" ? who.answer : who.is === "unproved" ? who.why : "", says);
    assert.match(sent[0] ?? "", /^GET \/healthz\?nonce=[0-9a-f]{64} HTTP\/1\.1\r\n/);
    assert.doesNotMatch(sent.join(), /authorization|token/i);
  });
}

const forever: [name: string, head: string, more: string, pause: number][] = [
  ["a body without an end", "HTTP/1.1 200 OK\r\n\r\n", "x".repeat(64 * 1024), 0],
  ["a body that drips for ever", "HTTP/1.1 200 OK\r\n\r\n", " ", 2],
  ["a head that drips for ever", "HTTP/1.1 200 OK\r\nx-a: ", "y", 2],
  ["a head without an end", "HTTP/1.1 200 OK\r\n", `x-a: ${"y".repeat(1000)}\r\n`, 0],
  ["interim answers for ever", "", "HTTP/1.1 103 Early Hints\r\n\r\n", 1],
  ["nothing for ever", "", "", 5],
];
for (const [name, head, more, pause] of forever) {
  Deno.test(`who: a stranger that sends ${name} is left, in words`, async () => {
    const clock = new FakeClock();
    const { who } = await stranger(async (_, connection) => {
      await write(connection, head);
      for (let n = 0; n < 10_000; n++) {
        if (more) await write(connection, more);
        if (n === 20) await clock.advance(WHO_TIMEOUT_MS);
        if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
        if (n > 40 && !more) break;
      }
    }, (port) => askWho(port, { ...deps, clock }));
    assert.equal(who.is, "stranger");
    assert.match(
      who.is === "stranger" ? who.answer : "",
      /^(?:no complete answer within 3 s|no HTTP|HTTP 200, .*)$/,
    );
    assert.equal(clock.armed, 0);
  });
}

Deno.test("who: a proof that was heard before does not count again", async () => {
  const running = sidecar(SECRET);
  const nonce = "ab".repeat(32);
  const old = await (await fetch(`${running.url}/healthz?nonce=${nonce}`)).json();
  await running.stop();
  assert.match(old.proof, /^[0-9a-f]{64}$/);
  const { who } = await stranger(async (_, connection) =>
    void await write(connection, http(JSON.stringify(old)))
  );
  assert.equal(who.is, "stranger");
});

for (const host of ["127.0.0.1", "0.0.0.0", "::"]) {
  Deno.test(`who: a stranger that asks the real sidecar on ${host} for a proof cannot use it`, async () => {
    const running = sidecar(SECRET, host);
    const { who } = await stranger(async (request, connection) => {
      const real = await fetch(
        `http://127.0.0.1:${running.port}/healthz?nonce=${nonceOf(request)}`,
      );
      const body = await real.text();
      assert.match(body, /"proof":"[0-9a-f]{64}"/);
      await write(connection, http(body));
    });
    assert.equal(who.is, "stranger", "the proof of another port was taken");
    await running.stop();
  });
}

Deno.test("who: a stranger on the same port of another address cannot pass the bytes on", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const running = sidecar(SECRET, "127.0.0.2", port);
  const relaying = (async () => {
    const client = await listener.accept();
    const real = await Deno.connect({ hostname: "127.0.0.2", port });
    await Promise.allSettled([
      client.readable.pipeTo(real.writable),
      real.readable.pipeTo(client.writable),
    ]);
  })();
  const who = await askWho(port, deps);
  listener.close();
  await running.stop();
  await relaying;
  assert.deepEqual(who, {
    is: "stranger",
    answer: "as a sidecar 1.2.3 does, with a proof that is not yours",
  });
});

Deno.test("healthz: without a nonce it is as it was, with one it has a proof, and a nonce of another form is refused", async () => {
  const running = sidecar(SECRET);
  const ask = async (query: string) => {
    const response = await fetch(`${running.url}/healthz${query}`);
    return [response.status, await response.json()] as const;
  };
  assert.deepEqual(await ask(""), [200, { status: "ok", version: "1.2.3", live: 0 }]);
  const [status, { proof, ...rest }] = await ask(`?nonce=${"0".repeat(32)}`);
  assert.deepEqual([status, rest], [200, { status: "ok", version: "1.2.3", live: 0 }]);
  assert.match(proof, /^[0-9a-f]{64}$/);
  for (
    const bad of ["?nonce=", "?nonce=0", `?nonce=${"0".repeat(129)}`, `?nonce=${"G".repeat(32)}`]
  ) {
    const [refused, body] = await ask(bad);
    assert.equal(refused, 400, bad);
    assert.equal(body.proof, undefined);
  }
  await running.stop();
});

Deno.test("listener_user: only sockets that listen on the port count, with the user they belong to", () => {
  const table =
    `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:20DB 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1 0 100
   1: 0100007F:20DB 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1001        0 1 1 0 100
   2: 0100007F:20DC 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1002        0 1 1 0 100
`;
  assert.deepEqual(listenerUsers(table, 8411), [1000]);
  assert.deepEqual(listenerUsers(table, 8412), [1002]);
  assert.deepEqual(listenerUsers("", 8412), []);
});

Deno.test({
  name: "listener_user: a listener of this process is this user's, and a free port is nobody's",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const held = await listensAsUs(port);
    listener.close();
    assert.deepEqual([held, await listensAsUs(port)], [true, false]);
    // An image of one program has nothing to ask with, and nobody who could listen in its place
    assert.equal(await listensAsUs(port, () => Promise.resolve(undefined)), true);
    assert.equal(await listensAsUs(port, () => Promise.resolve("")), false);
    const gone = () => Promise.reject(new Deno.errors.NotCapable("no"));
    assert.equal(await listensAsUs(port, gone), false);
  },
});
