import assert from "node:assert/strict";
import { testApp, upstream } from "../helpers/proxy/app.ts";
import { raw, serve, serveApp } from "../helpers/peers/sockets.ts";
import { soon } from "../helpers/clock/soon.ts";

/** Status line of the sidecar for a raw request. */
async function status(request: string): Promise<number> {
  using app = testApp({ upstreams: new Map([["a", upstream("http://127.0.0.1:9/v1")]]) });
  await using server = serveApp(app.fetch);
  const answer = await raw(server.port, request);
  return Number(/^HTTP\/1\.[01] (\d+)/.exec(answer)?.[1]);
}

const host = "Host: 127.0.0.1\r\n";
const json = "Content-Type: application/json\r\n";
const cases: [string, string, number[]][] = [
  ["a plain request", `GET /healthz HTTP/1.1\r\n${host}\r\n`, [200]],
  ["no Host", "GET /healthz HTTP/1.1\r\n\r\n", [400, 403]],
  ["an empty Host", "GET /healthz HTTP/1.1\r\nHost:\r\n\r\n", [403]],
  ["two Hosts", `GET /healthz HTTP/1.1\r\n${host}Host: evil.com\r\n\r\n`, [400, 403]],
  ["the same Host twice", `GET /healthz HTTP/1.1\r\n${host}${host}\r\n`, [400, 403]],
  ["a Host with a path in it", "GET /x HTTP/1.1\r\nHost: 127.0.0.1/healthz?\r\n\r\n", [403]],
  ["a foreign URL as target", "GET http://evil.com/x HTTP/1.1\r\nHost: evil.com\r\n\r\n", [403]],
  ["a foreign target, our Host", `GET http://evil.com/healthz HTTP/1.1\r\n${host}\r\n`, [403]],
  [
    "our target, a foreign Host",
    "GET http://127.0.0.1/healthz HTTP/1.1\r\nHost: evil.com\r\n\r\n",
    [
      403,
    ],
  ],
  ["our target, another of our Hosts", `GET http://localhost/healthz HTTP/1.1\r\n${host}\r\n`, [
    403,
  ]],
  ["another port as target", `GET http://127.0.0.1:1/healthz HTTP/1.1\r\n${host}\r\n`, [403]],
  ["a user in the target", `GET http://u@127.0.0.1/healthz HTTP/1.1\r\n${host}\r\n`, [403]],
  ["another scheme as target", `GET https://127.0.0.1/healthz HTTP/1.1\r\n${host}\r\n`, [403]],
  ["the whole URL as target", `GET HTTP://127.0.0.1:80/healthz HTTP/1.1\r\n${host}\r\n`, [200]],
  ["HTTP/1.0 without a Host", "GET /healthz HTTP/1.0\r\n\r\n", [403]],
  [
    "a JSON route without a type",
    `POST /v1/responses HTTP/1.1\r\n${host}Content-Length: 2\r\n\r\n{}`,
    [
      415,
    ],
  ],
  [
    "a JSON route with two types",
    `POST /v1/responses HTTP/1.1\r\n${host}${json}Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}`,
    [415],
  ],
  ["CONNECT", `CONNECT 127.0.0.1:80 HTTP/1.1\r\n${host}\r\n`, [400]],
  ["HTTP/2 by prior knowledge", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", [400]],
  ["TLS", "\u0016\u0003\u0001\u0002\0\u0001\0", [400]],
  ["a head too large", `GET /healthz HTTP/1.1\r\n${host}X: ${"a".repeat(70_000)}\r\n\r\n`, [431]],
  [
    "an upgrade to h2c",
    `GET /healthz HTTP/1.1\r\n${host}Connection: Upgrade, HTTP2-Settings\r\n` +
    "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
    [200],
  ],
  ["dot segments", `GET /r/https/api.deepseek.com/../x/models HTTP/1.1\r\n${host}\r\n`, [400]],
  ["encoded dots", `GET /r/https/api.deepseek.com/%2e%2e/models HTTP/1.1\r\n${host}\r\n`, [400]],
  ["a backslash", `GET /r/https/api.deepseek.com\\@evil/v1/models HTTP/1.1\r\n${host}\r\n`, [403]],
  ["a backslash further on", `GET /v1/..\\x HTTP/1.1\r\n${host}\r\n`, [400]],
  ["the prefix in disguise", `GET /%72/https/api.deepseek.com/v1/models HTTP/1.1\r\n${host}\r\n`, [
    404,
  ]],
  ["climbing into another route", `GET /healthz/../v1/models HTTP/1.1\r\n${host}\r\n`, [404]],
  ["two slashes", `GET //v1/models HTTP/1.1\r\n${host}\r\n`, [404]],
  ["OPTIONS *", `OPTIONS * HTTP/1.1\r\n${host}\r\n`, [404]],
  ["TRACE", `TRACE /v1/x HTTP/1.1\r\n${host}\r\n`, [400]],
  [
    "WebSocket",
    `GET /v1/responses HTTP/1.1\r\n${host}Connection: Upgrade\r\nUpgrade: websocket\r\n` +
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
    [426],
  ],
  [
    "two lengths that differ",
    `POST /v1/responses HTTP/1.1\r\n${host}Content-Length: 2\r\nContent-Length: 9\r\n\r\n{}`,
    [400],
  ],
];
for (const [name, request, expected] of cases) {
  Deno.test(`app_sockets: ${name}: ${expected.join(" or ")}`, async () => {
    const given = await status(request);
    assert(expected.includes(given), `answered ${given}`);
  });
}

Deno.test("app_sockets: an upload without a length is cut off at the limit", async () => {
  using app = testApp({ upstreams: new Map([["a", upstream("http://127.0.0.1:9/v1")]]) });
  await using server = serveApp(app.fetch);
  const chunk = `400\r\n${"x".repeat(1024)}\r\n`; // the limit is four of them, and the upload never ends
  const head = `POST /v1/files HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\n`;
  const answer = await raw(server.port, head + chunk.repeat(6));
  assert.match(answer, /^HTTP\/1\.1 413 /);
});

Deno.test("app_sockets: a client that leaves a silent stream frees the upstream at once", async () => {
  const { promise: closed, resolve } = Promise.withResolvers<void>();
  await using provider = serve(() =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("data: a\n\n")),
        cancel: () => resolve(),
      }),
      { headers: { "content-type": "text/event-stream" } },
    )
  );
  const base = `http://127.0.0.1:${provider.port}/v1`;
  using app = testApp({ upstreams: new Map([["a", upstream(base)]]) });
  await using server = serveApp(app.fetch);
  const request = `POST /v1/chat/completions HTTP/1.1\r\n${host}${json}Content-Length: 2\r\n\r\n{}`;
  await raw(server.port, request, (answer) => answer.includes("data: a\n\n"));
  await soon(closed);
  await app.drain();
  assert.deepEqual(app.records.map(({ outcome }) => outcome), ["client_gone"]);
});

Deno.test("app_sockets: an upstream that dies leaves the client's answer visibly cut", async () => {
  await using provider = serve(() =>
    new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("data: a\n\n"));
          setTimeout(() => controller.error(new Error("dies")), 20);
        },
      }),
      { headers: { "content-type": "text/event-stream" } },
    )
  );
  const base = `http://127.0.0.1:${provider.port}/v1`;
  using app = testApp({ upstreams: new Map([["a", upstream(base)]]) });
  await using server = serveApp(app.fetch);
  const request = `POST /v1/chat/completions HTTP/1.1\r\n${host}${json}Content-Length: 2\r\n\r\n{}`;
  const answer = await raw(server.port, request, () => false).catch(String);
  assert.match(answer, /data: a/);
  assert.doesNotMatch(answer, /\r\n0\r\n\r\n$/);
  await app.drain();
  assert.deepEqual(app.records.map(({ outcome }) => outcome), ["failed"]);
});

Deno.test("app_sockets: a good answer is no client that left", async () => {
  await using provider = serve(() => new Response("{}"));
  const base = `http://127.0.0.1:${provider.port}/v1`;
  using app = testApp({ upstreams: new Map([["a", upstream(base)]]) });
  await using server = serveApp(app.fetch);
  for (let times = 0; times < 3; times++) {
    await raw(
      server.port,
      `GET /v1/models HTTP/1.1\r\n${host}\r\n`,
      (text) => text.endsWith("0\r\n\r\n"),
    );
  }
  await app.drain();
  assert.deepEqual(app.records.map(({ outcome }) => outcome), ["passed", "passed", "passed"]);
});
