import assert from "node:assert/strict";
import * as zlib from "node:zlib";
import type { UpstreamConfig } from "../../../lib/config/config.ts";
import { errorOf, testApp, upstream } from "../../helpers/proxy/app.ts";
import { serve } from "../../helpers/peers/sockets.ts";
import { freePort } from "../../helpers/free_port.ts";

/** An app in front of one upstream that answers with `handler`. */
function scene(
  handler: (request: Request) => Response | Promise<Response>,
  changes: Partial<UpstreamConfig> = {},
) {
  const server = serve(handler);
  const base = `http://127.0.0.1:${server.port}/v1`;
  const app = testApp({
    upstreams: new Map([["a", upstream(base, changes)]]),
    heartbeat: { interval: 20 },
  });
  return {
    app,
    async [Symbol.asyncDispose]() {
      app.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

const encoder = new TextEncoder();
const POST = {
  method: "POST",
  body: "{}",
  headers: { "content-type": "application/json; charset=utf-8" },
};
const SSE = { "content-type": "text/event-stream; charset=utf-8" };

Deno.test("passthrough: method, path, query, body and key go up, status, headers and body come down", async () => {
  let seen: object = {};
  await using edge = scene(async (request) => {
    const url = new URL(request.url);
    seen = {
      line: `${request.method} ${url.pathname}${url.search}`,
      headers: Object.fromEntries(request.headers),
      body: await request.text(),
    };
    return new Response("made", {
      status: 201,
      headers: { "x-request-id": "r", "set-cookie": "a=b" },
    });
  });
  const response = await edge.app.ask("/v1/files/a%2Fb?x=%20y", {
    method: "PUT",
    body: "content",
    headers: { "content-type": "text/x", "user-agent": "test", "x-api-key": "k", cookie: "c=d" },
  });
  assert.deepEqual([response.status, await response.text()], [201, "made"]);
  assert.deepEqual(["x-request-id", "set-cookie"].map((name) => response.headers.get(name)), [
    "r",
    null,
  ]);
  const { headers, ...rest } = seen as { headers: Record<string, string> };
  const { host: _host, "x-request-id": named, ...sent } = headers;
  assert.deepEqual({ ...rest, headers: sent }, {
    line: "PUT /v1/files/a%2Fb?x=%20y",
    body: "content",
    headers: {
      accept: "*/*",
      connection: "close",
      "accept-encoding": "identity",
      "content-length": "7",
      "content-type": "text/x",
      "user-agent": "test",
      "x-api-key": "k",
    },
  });
  await edge.app.drain();
  const [record] = edge.app.records;
  assert.equal(named, record?.id);
  assert.deepEqual([record?.path, record?.status, record?.outcome], [
    "/files/a%2Fb",
    201,
    "passed",
  ]);
});

Deno.test("passthrough: GET models without a model goes to the first upstream", async () => {
  await using edge = scene((request) => new Response(new URL(request.url).pathname));
  assert.equal(await (await edge.app.ask("/v1/models")).text(), "/v1/models");
});

for (const status of [204, 304]) {
  Deno.test(`passthrough: ${status} has no body`, async () => {
    await using edge = scene(() => new Response(null, { status }));
    const response = await edge.app.ask("/v1/models");
    assert.deepEqual([response.status, response.body, edge.app.live()], [status, null, 0]);
  });
}

Deno.test("passthrough: HEAD has no body and frees its place", async () => {
  await using edge = scene(() => new Response("x"));
  const response = await edge.app.ask("/v1/models", { method: "HEAD" });
  await edge.app.drain();
  assert.deepEqual([response.status, response.body], [200, null]);
});

const locations: [to: string, seen: string | null][] = [
  ["http://127.0.0.1:1/steal", null],
  ["https://evil.example/v1/models", null],
  ["//evil.example/v1/models", null],
  ["\\\\evil.example/v1/models", null],
  ["javascript:alert(1)", null],
  ["data:text/html,x", null],
  ["http://", null],
  ["/metrics", null],
  ["../metrics", null],
  ["/v1", null],
  ["/v1x/models", null],
  ["/v1/../admin", null],
  ["/v1/%2e%2e/admin", null],
  ["$BASE/models/a", "/u/a/v1/models/a"],
  ["/v1/models/?after=b#c", "/u/a/v1/models/?after=b"],
  ["models/", "/u/a/v1/models/"],
  ["?x=1", "/u/a/v1/models?x=1"],
];
for (const [to, seen] of locations) {
  Deno.test(
    `passthrough: a redirect to ${to} is never followed, and leads the client ${seen ?? "nowhere"}`,
    async () => {
      let asked = 0;
      await using edge = scene((request) => {
        asked++;
        const location = to.replace("$BASE", `${new URL(request.url).origin}/v1`);
        return new Response(null, { status: 307, headers: { location } });
      });
      const response = await edge.app.ask("/u/a/v1/models", {
        headers: { authorization: "Bearer k" },
      });
      await response.body?.cancel();
      assert.deepEqual([response.status, response.headers.get("location"), asked], [307, seen, 1]);
    },
  );
}

Deno.test("passthrough: an upstream that cannot be reached is a 502 that says so", async () => {
  using app = testApp({
    upstreams: new Map([["a", upstream(`http://127.0.0.1:${freePort()}/v1`)]]),
  });
  const error = await errorOf(await app.ask("/v1/models"));
  assert.deepEqual([error.status, error.code], [502, "unreachable"]);
  assert.deepEqual([app.records[0]?.outcome, app.records[0]?.status, app.live()], [
    "failed",
    502,
    0,
  ]);
});

Deno.test("passthrough: an upstream that sends no head is a 504 after its clock", async () => {
  const { promise: never, resolve } = Promise.withResolvers<Response>();
  await using edge = scene(() => never, { timeouts: { connect: 20, head: 30 } });
  const error = await errorOf(await edge.app.ask("/v1/models"));
  assert.deepEqual([error.status, error.code], [504, "head_timeout"]);
  assert.match(error.message, /sent no response head for 30 ms/);
  resolve(new Response());
});

Deno.test("passthrough: a client that leaves before the head ends the request upstream", async () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const client = new AbortController();
  await using edge = scene((request) => {
    request.signal.addEventListener("abort", () => resolve());
    client.abort();
    return left.then(() => new Response());
  });
  const response = await edge.app.ask("/v1/models", { signal: client.signal });
  await left;
  assert.deepEqual([response.status, edge.app.records[0]?.outcome], [499, "client_gone"]);
});

for (
  const [path, heartbeat] of [
    ["/v1/chat/completions", ": keepalive\n\n"],
    ["/v1/messages", 'event: ping\ndata: {"type": "ping"}\n\n'],
  ] as const
) {
  Deno.test(`passthrough: a silent stream of ${path} gets heartbeats in its own form`, async () => {
    let upstream!: ReadableStreamDefaultController<Uint8Array>;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => void (upstream = controller),
    });
    await using edge = scene(() => new Response(body, { headers: SSE }));
    const response = await edge.app.ask(path, POST);
    assert.equal(response.headers.get("content-type"), SSE["content-type"]);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    assert.equal((await reader.read()).value, heartbeat);
    upstream.enqueue(encoder.encode("data: a\r\n\r\n"));
    let text = "";
    while (!text.endsWith(`data: a\r\n\r\n${heartbeat}`)) text += (await reader.read()).value;
    upstream.close();
    while (!(await reader.read()).done);
    await edge.app.drain();
    assert(edge.app.records[0]!.heartbeats >= 2);
  });
}

Deno.test("passthrough: a gzipped event stream is decoded, so that heartbeats can be inserted", async () => {
  const packed = zlib.gzipSync("data: a\n\ndata: b\n\n").slice();
  const headers = { ...SSE, "content-encoding": "gzip" };
  await using edge = scene(() => new Response(packed, { headers }));
  const response = await edge.app.ask("/v1/chat/completions", POST);
  assert.equal(response.headers.get("content-encoding"), null);
  assert.equal(await response.text(), "data: a\n\ndata: b\n\n");
});

Deno.test("passthrough: any other body keeps the coding it has", async () => {
  const packed = zlib.gzipSync('{"a":1}').slice();
  const headers = { "content-type": "application/json", "content-encoding": "gzip" };
  await using edge = scene(() => new Response(packed, { headers }));
  const response = await edge.app.ask("/v1/models");
  const bytes = new Uint8Array(await response.arrayBuffer());
  const coded = response.headers.get("content-encoding") === "gzip";
  const plain = new TextDecoder().decode(coded ? zlib.gunzipSync(bytes) : bytes);
  assert.equal(plain, '{"a":1}');
});

Deno.test("passthrough: an upstream that breaks off breaks the client's stream", async () => {
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode("data: a\n\n"));
      setTimeout(() => controller.error(new Error("reset")), 20);
    },
  });
  await using edge = scene(() => new Response(body, { headers: SSE }));
  const response = await edge.app.ask("/v1/chat/completions", POST);
  await assert.rejects(response.text(), { code: "broken_stream" });
  assert.deepEqual([edge.app.records[0]?.outcome, edge.app.live()], ["failed", 0]);
});

Deno.test("passthrough: leaving a stream that hangs inside its coding frees the upstream", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  const packed = zlib.gzipSync("data: a\n\n").subarray(0, 12).slice();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(packed),
    cancel: () => resolve(),
  });
  await using edge = scene(() =>
    new Response(body, { headers: { ...SSE, "content-encoding": "gzip" } })
  );
  const response = await edge.app.ask("/v1/chat/completions", POST);
  const reader = response.body!.getReader();
  await reader.read(); // a beat: the upstream is silent, and its decoder waits
  await reader.cancel();
  await closed;
  await edge.app.drain();
  assert.equal(edge.app.records[0]?.outcome, "client_gone");
});
