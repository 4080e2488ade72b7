import assert from "node:assert/strict";
import { type Observer, silent } from "../../../lib/observe/observer.ts";
import { BURST_PERIOD } from "../../../lib/proxy/listen/burst.ts";
import {
  HEAD_TIMEOUT_MS,
  IDLE_TIMEOUT_MS,
  MAX_PIPELINED,
} from "../../../lib/proxy/listen/connections.ts";
import { serveHttp } from "../../../lib/proxy/listen/http_server.ts";
import { WRITE_TIMEOUT_MS } from "../../../lib/proxy/listen/body_writer.ts";
import type { Fetch } from "../../../lib/proxy/listen/node_http.ts";
import { textBody } from "../../../lib/proxy/text_body.ts";
import { testApp, upstream } from "../../helpers/proxy/app.ts";
import { FakeClock, settle } from "../../helpers/clock/fake_clock.ts";

const encoder = new TextEncoder();
const hello: Fetch = () => Promise.resolve(new Response("hello"));
const GET = "GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

/** A server under a fake clock, and the client's side of it. */
function start(
  fetch: Fetch,
  { max = 10, observer = silent }: { max?: number; observer?: Observer } = {},
) {
  const clock = new FakeClock();
  const server = serveHttp(fetch, { host: "127.0.0.1", port: 0, max, clock, observer });
  const connect = async (text: string) => {
    const conn = await Deno.connect({ port: server.port });
    await conn.write(encoder.encode(text));
    return conn;
  };
  const end = async () => {
    await server.close();
    assert.equal(clock.armed, 0);
  };
  return { clock, connect, end };
}

/** Waits for what real sockets bring about. */
async function until(met: () => boolean): Promise<void> {
  while (!met()) await settle();
}

/** Reads until the other side closes, or until `enough` says so. */
async function read(conn: Deno.Conn, enough: (text: string) => boolean = () => false) {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (!enough(text)) {
    const size = await conn.read(buffer).catch(() => null);
    if (size === null) break;
    text += decoder.decode(buffer.subarray(0, size), { stream: true });
  }
  return text;
}

Deno.test("http_server: a head that never gets whole is given up, however it drips, and nobody waits for it", async () => {
  const { clock, connect, end } = start(hello);
  const slow = await Promise.all(
    Array.from({ length: 5 }, () => connect("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")),
  );
  await until(() => clock.armed === 5);
  await clock.advance(HEAD_TIMEOUT_MS - 1);
  for (const conn of slow) await conn.write(encoder.encode("y"));
  using other = await connect(GET);
  assert.match(await read(other, (text) => text.includes("hello")), /^HTTP\/1\.1 200 /);
  await clock.advance(1);
  for (const conn of slow) {
    assert.equal(await read(conn), "");
    conn.close();
  }
  await end();
});

Deno.test("http_server: a connection without a next request is closed", async () => {
  const { clock, connect, end } = start(hello);
  using conn = await connect(GET);
  assert.match(
    await read(conn, (text) => text.endsWith("0\r\n\r\n")),
    /hello/,
  );
  await until(() => clock.armed === 1 && clock.next === IDLE_TIMEOUT_MS);
  await clock.advance(IDLE_TIMEOUT_MS - 1);
  await conn.write(encoder.encode(GET));
  assert.match(await read(conn, (text) => text.endsWith("0\r\n\r\n")), /hello/);
  await until(() => clock.next === IDLE_TIMEOUT_MS);
  await clock.advance(IDLE_TIMEOUT_MS);
  assert.equal(await read(conn), "");
  await end();
});

Deno.test("http_server: a stream of hours is cut by no deadline", async () => {
  let push = (_: string) => {};
  let close = () => {};
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      push = (text) => controller.enqueue(encoder.encode(text));
      close = () => controller.close();
    },
  });
  const { clock, connect, end } = start(() => Promise.resolve(new Response(body)));
  using conn = await connect(GET);
  await read(conn, (text) => text.endsWith("\r\n\r\n")); // the head leaves before there is a body
  await clock.advance(12 * 3_600_000);
  push("late");
  await read(conn, (text) => text.includes("late"));
  close();
  await read(conn, (text) => text.endsWith("0\r\n\r\n"));
  await end();
});

Deno.test("http_server: beyond its cap it answers 503 with a message, logs that once a burst, and goes on when there is room", async () => {
  const notices: string[] = [];
  const observer = { ...silent, notice: (_: unknown, message: string) => notices.push(message) };
  const { clock, connect, end } = start(hello, { max: 2, observer });
  const held = [await connect("GET"), await connect("GET")];
  await until(() => clock.armed === 2);
  for (let i = 0; i < 5; i++) {
    using refused = await connect(GET);
    assert.match(
      await read(refused),
      /^HTTP\/1\.1 503 .*connection: close\r\n\r\nThe sidecar has as many/is,
    );
  }
  assert.deepEqual(notices, [
    "1 connection was refused with 503: 2 are open, and more are not allowed",
  ]);
  held.forEach((conn) => conn.close());
  await until(() => clock.armed === 1); // the burst's own
  using conn = await connect(GET);
  assert.match(await read(conn, (text) => text.includes("hello")), /^HTTP\/1\.1 200 /);
  await clock.advance(BURST_PERIOD);
  assert.match(notices[1] ?? "", /^4 more connections were refused/);
  assert.equal(notices.length, 2);
  await end();
});

Deno.test("http_server: a body that stops coming is answered 408 with a message, and the connection closed", async () => {
  const clock = new FakeClock();
  using app = testApp({ upstreams: new Map([["a", upstream("http://127.0.0.1:9/v1")]]) }, {
    clock,
  });
  const server = serveHttp(app.fetch, {
    host: "127.0.0.1",
    port: 0,
    max: 9,
    clock,
    observer: silent,
  });
  using conn = await Deno.connect({ port: server.port });
  const head =
    "POST /v1/responses HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n";
  await conn.write(encoder.encode(`${head}{"model"`));
  await until(() => clock.next === 30_000);
  await clock.advance(30_000);
  const answer = read(conn);
  assert.match(
    await answer,
    /^HTTP\/1\.1 408 .*connection: close.*sent nothing of its request body for 30 s/is,
  );
  await server.close();
  assert.equal(clock.armed, 0);
});

Deno.test("http_server: pipelined requests are answered one after the other, and too many are not", async () => {
  let running = 0;
  let most = 0;
  const { connect, end } = start(async (request) => {
    most = Math.max(most, ++running);
    await settle();
    running--;
    return new Response(new URL(request.url).pathname);
  });
  const paths = ["/a", "/b", "/c"];
  using conn = await connect(paths.map((path) => GET.replace("/healthz", path)).join(""));
  const answer = await read(conn, (text) => text.split("0\r\n\r\n").length > 3);
  assert.deepEqual([answer.match(/^\/\w$/gm), most], [paths, 1]);
  using many = await connect(GET.repeat(MAX_PIPELINED + 1));
  await read(many); // it ends
  await end();
});

/** A body of so many pieces, made when they are asked for. */
function pieces(count: number, piece: (at: number) => string) {
  const source = { over: false, asked: 0, cancelled: false };
  const body = textBody({
    get over() {
      return source.over;
    },
    next() {
      const text = piece(source.asked++);
      source.over = source.asked === count;
      return Promise.resolve(text);
    },
    cancel: () => void (source.cancelled = source.over = true),
  });
  return { source, body };
}

/** Without the framing of chunks. */
function unframed(text: string): string {
  const bytes = encoder.encode(text.slice(text.indexOf("\r\n\r\n") + 4));
  let out = "";
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(0x0a, at);
    const size = parseInt(new TextDecoder().decode(bytes.subarray(at, end)), 16);
    out += new TextDecoder().decode(bytes.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 2;
  }
  return out;
}

const TEXTS = {
  "short ones": (at: number) => `${at} `,
  "empty ones between them": (at: number) => at % 2 === 0 ? "" : "a",
  "ones of several bytes a character": (at: number) => "é€😀\r\n".repeat(at),
  "ones longer than a buffer": (at: number) => `${at}`.repeat(3_000 * at),
  "one of exactly sixteen bytes": () => "0123456789abcdef",
};

for (const [name, piece] of Object.entries(TEXTS)) {
  Deno.test(`http_server: a body of texts, ${name}, arrives whole and chunked`, async () => {
    const { connect, end } = start(() => Promise.resolve(new Response(pieces(12, piece).body)));
    using conn = await connect(GET);
    const text = await read(conn, (text) => text.endsWith("\r\n0\r\n\r\n"));
    assert.equal(unframed(text), Array.from({ length: 12 }, (_, at) => piece(at)).join(""));
    await end();
  });
}

Deno.test("http_server: to HTTP/1.0 a body of texts goes as it is, and HEAD gets none", async () => {
  const made: ReturnType<typeof pieces>[] = [];
  const { connect, end } = start(() => {
    made.push(pieces(3, (at) => `${at}`));
    return Promise.resolve(new Response(made.at(-1)?.body));
  });
  using old = await connect("GET / HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n");
  assert.match(await read(old), /\r\n\r\n012$/);
  using head = await connect("HEAD / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
  assert.match(await read(head), /^HTTP\/1\.1 200 [^]*\r\n\r\n$/);
  assert.equal(made[1]?.source.cancelled, true);
  assert.equal(made[1]?.source.asked, 0);
  await end();
});

Deno.test("http_server: answers to slow clients are not mixed up", async () => {
  const length = 2_000;
  const { connect, end } = start((request) => {
    const letter = new URL(request.url).pathname.slice(1);
    return Promise.resolve(new Response(pieces(length, () => letter.repeat(2_000)).body));
  });
  const letters = [..."abcdefghij"];
  const conns = await Promise.all(
    letters.map((letter) => connect(`GET /${letter} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`)),
  );
  for (let i = 0; i < 50; i++) await settle(); // every one of them is stuck in a write
  for (const [at, conn] of conns.entries()) {
    const text = unframed(await read(conn, (text) => text.endsWith("\r\n0\r\n\r\n")));
    assert.ok(text === letters[at]!.repeat(2_000 * length), `${letters[at]}: ${text.length}`);
    conn.close();
  }
  await end();
});

Deno.test("http_server: a client that takes nothing slows the source down, and is disconnected in the end", async () => {
  let pulled = 0;
  const cancelled = Promise.withResolvers<void>();
  let aborted: AbortSignal | undefined;
  const { clock, connect, end } = start((request) => {
    aborted = request.signal;
    return Promise.resolve(
      new Response(
        new ReadableStream({
          pull(controller) {
            pulled++;
            controller.enqueue(new Uint8Array(65_536));
          },
          cancel: () => cancelled.resolve(),
        }, { highWaterMark: 0 }),
      ),
    );
  });
  using _deaf = await connect(GET);
  await until(() => clock.next === WRITE_TIMEOUT_MS);
  for (let i = 0; i < 50; i++) await settle();
  const before = pulled;
  for (let i = 0; i < 50; i++) await settle();
  assert.equal(pulled, before);
  await clock.advance(WRITE_TIMEOUT_MS);
  await cancelled.promise;
  assert.equal(aborted?.aborted, true);
  await end();
});

Deno.test("http_server: a client that leaves aborts its request, one that got its answer does not", async () => {
  const signals: AbortSignal[] = [];
  const { connect, end } = start((request) => {
    signals.push(request.signal);
    return Promise.resolve(
      new Response(signals.length === 1 ? "whole" : new ReadableStream<Uint8Array>()),
    );
  });
  const conn = await connect(GET);
  await read(conn, (text) => text.endsWith("0\r\n\r\n"));
  await conn.write(encoder.encode(GET));
  await read(conn, (text) => text.endsWith("\r\n\r\n"));
  conn.close();
  await until(() => signals[1]?.aborted === true);
  assert.equal(signals[0]?.aborted, false);
  await end();
});
