import assert from "node:assert/strict";
import * as zlib from "node:zlib";
import { Failure } from "../../lib/base/errors.ts";
import { errorOf, testApp, upstream } from "../helpers/proxy/app.ts";

const upstreams = new Map([
  ["first", upstream("http://127.0.0.1:1/v1", { models: ["alpha"] })],
  ["second", upstream("http://127.0.0.1:1/base", { models: ["beta"], apiKeyEnv: "KEY" })],
]);
const env = (name: string) => name === "KEY" ? "sk-second" : undefined;
const login = `${btoa("{}")}.${btoa('{"iss":"https://auth.openai.com"}').replaceAll("=", "")}.x`;

function post(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  };
}

Deno.test("app: health says that it is up", async () => {
  using app = testApp();
  const response = await app.ask("/healthz");
  assert.deepEqual(await response.json(), { status: "ok", version: "0.0.0", live: 0 });
});

Deno.test("app: the root answers in one line of text", async () => {
  using app = testApp();
  assert.match(await (await app.ask("/")).text(), /^[^\n]+\n$/);
});

Deno.test("app: POST responses goes to the exchange with its target, clean headers and JSON", async () => {
  using app = testApp({ upstreams }, { env });
  const body = { model: "vendor/BETA", input: [] };
  const response = await app.ask(
    "/v1/responses",
    post(body, { originator: "codex_cli_rs", authorization: "Bearer mine", cookie: "a=b" }),
  );
  assert.equal(await response.text(), "exchanged");
  const [call] = app.calls;
  assert(call);
  assert.deepEqual({
    base: call.routes[0].target.base,
    body: call.body,
    codex: call.codex,
    id: call.id.length,
    headers: Object.fromEntries(call.routes[0].headers),
  }, {
    base: "http://127.0.0.1:1/base",
    body,
    codex: true,
    id: 32,
    headers: {
      "accept-encoding": "identity",
      authorization: "Bearer sk-second",
      "content-type": "application/json",
      originator: "codex_cli_rs",
      "x-request-id": call.id,
    },
  });
});

Deno.test("app: only `stream: true` asks for a stream, whatever the upstream's wire", async () => {
  using app = testApp({
    upstreams: new Map([
      ["own", upstream("http://127.0.0.1:1/v1", { wire: "responses" })],
      ["other", upstream("http://127.0.0.1:1/v1", { wire: "chat" })],
    ]),
  });
  for (const name of ["own", "other"]) {
    for (const stream of [true, false, null, undefined]) {
      await app.ask(`/u/${name}/v1/responses`, post({ model: "m", input: [], stream }));
    }
  }
  const expected = [false, true, true, true];
  assert.deepEqual(app.calls.map(({ complete }) => complete), [...expected, ...expected]);
});

Deno.test("app: an answer in the background is passed through to the provider that keeps it", async () => {
  using app = testApp({
    upstreams: new Map([["own", upstream("http://127.0.0.1:1/v1", { wire: "responses" })]]),
  });
  const kept = post({ model: "m", input: [], background: true });
  await (await app.ask("/u/own/v1/responses", kept)).text();
  assert.deepEqual(app.records.map(({ path }) => path), ["/responses"]);
  assert.equal(app.calls.length, 0);
});

Deno.test("app: a client is Codex by its originator or its user agent", async () => {
  using app = testApp({ upstreams });
  for (
    const headers of [{ originator: "x" }, { "user-agent": "Codex_vscode/1" }, {
      "user-agent": "curl",
    }]
  ) {
    await app.ask("/v1/responses", post({}, headers as Record<string, string>));
  }
  assert.deepEqual(app.calls.map(({ codex }) => codex), [true, true, false]);
});

Deno.test("app: a compressed request is the same request", async () => {
  using app = testApp({ upstreams });
  const body = zlib.zstdCompressSync(new TextEncoder().encode('{"model":"alpha"}')).slice();
  await app.ask("/u/first/v1/responses", {
    method: "POST",
    body,
    headers: { "content-encoding": "zstd", "content-type": "application/json" },
  });
  const [call] = app.calls;
  assert.deepEqual([call?.body, call?.routes[0].headers.get("content-encoding")], [{
    model: "alpha",
  }, null]);
});

const refusals: [string, string, RequestInit, number, string, RegExp][] = [
  ["a foreign host", "/v1/x", { headers: { host: "evil.com" } }, 403, "bad_host", /evil\.com/],
  [
    "a web page",
    "/v1/x",
    { headers: { origin: "https://evil.com" } },
    403,
    "bad_origin",
    /web page/,
  ],
  [
    "WebSocket",
    "/v1/responses",
    { headers: { upgrade: "websocket" } },
    426,
    "upgrade_refused",
    /HTTP/,
  ],
  ["an unknown path", "/v2/responses", {}, 404, "no_route", /\/v2\/responses.*\/v1\//],
  ["metrics, for now", "/metrics", {}, 404, "no_route", /\/metrics/],
  ["an unknown upstream", "/u/third/v1/models", {}, 404, "no_route", /"third".*first, second/],
  [
    "an unknown relay host",
    "/r/https/evil.com/v1/models",
    {},
    403,
    "relay_refused",
    /add it under relay\.hosts/,
  ],
  [
    "a login",
    "/u/first/v1/models",
    { headers: { authorization: `Bearer ${login}` } },
    403,
    "login_token",
    /own key/,
  ],
  [
    "a form",
    "/v1/responses",
    post({}, { "content-type": "text/plain" }),
    415,
    "bad_content_type",
    /application\/json.*curl/,
  ],
  [
    "a page that a browser opens",
    "/v1/models",
    { headers: { "sec-fetch-site": "none", "sec-fetch-mode": "navigate" } },
    403,
    "bad_origin",
    /web browser/,
  ],
  ["a large body", "/v1/responses", post("x".repeat(5000)), 413, "body_too_large", /4 KiB/],
  [
    "an unknown coding",
    "/v1/responses",
    post({}, { "content-encoding": "lz4" }),
    415,
    "bad_encoding",
    /lz4/,
  ],
  [
    "a body that is no JSON",
    "/v1/responses",
    { ...post({}), body: "{" },
    400,
    "bad_request",
    /not JSON/,
  ],
  [
    "no JSON where the model decides",
    "/v1/chat/completions",
    { ...post({}), body: "" },
    400,
    "bad_request",
    /empty/,
  ],
  [
    "a key that is not set",
    "/u/second/v1/models",
    {},
    400,
    "bad_config",
    /variable KEY is not set/,
  ],
];
for (const [name, path, init, status, code, message] of refusals) {
  Deno.test(`app: ${name} is refused with ${status}, and no CORS header`, async () => {
    using app = testApp({ upstreams });
    const response = await app.ask(path, init);
    assert.deepEqual([...response.headers.keys()].filter((key) => key.startsWith("access-")), []);
    const error = await errorOf(response);
    assert.deepEqual([error.status, error.code, app.calls.length], [status, code, 0]);
    assert.match(error.message, message);
    assert(!error.message.includes(login));
  });
}

Deno.test("app: a login may come where the target has its own key, and goes no further", async () => {
  using app = testApp({ upstreams }, { env });
  await app.ask("/u/second/v1/responses", post({}, { authorization: `Bearer ${login}` }));
  assert.equal(app.calls[0]?.routes[0].headers.get("authorization"), "Bearer sk-second");
});

Deno.test("app: the sidecar's token opens it and is not sent on", async () => {
  using app = testApp({ upstreams, listen: { host: "127.0.0.1", port: 1, token: "T" } });
  assert.equal((await app.ask("/u/first/v1/responses", post({}))).status, 401);
  await app.ask("/u/first/v1/responses", post({}, { authorization: "Bearer T" }));
  const sent = [...app.calls[0]?.routes[0].headers ?? []];
  assert.deepEqual(sent.filter(([, value]) => /\bT\b/.test(value)), []);
});

Deno.test("app: refusals are noticed, by what they were", async () => {
  const notices: unknown[][] = [];
  const observer = {
    finished() {},
    attemptFailed() {},
    notice: (...notice: unknown[]) => notices.push(notice),
  };
  using app = testApp({}, { observer });
  await app.ask("/nowhere");
  assert.deepEqual(notices.map(([level, , facts]) => [level, facts]), [
    ["warning", { code: "no_route", status: 404, method: "GET" }],
  ]);
});

Deno.test("app: a bug becomes an answer", async () => {
  using app = testApp({ upstreams }, { exchange: () => Promise.reject(new TypeError("oops")) });
  const error = await errorOf(await app.ask("/v1/responses", post({ model: "alpha" })));
  assert.deepEqual([error.status, error.code, app.live()], [500, "internal", 0]);
});

Deno.test("app: an exchange is live until it says it is done, and can be aborted", async () => {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let signal: AbortSignal | undefined;
  using app = testApp({ upstreams }, {
    exchange: (call) => {
      signal = call.signal;
      return Promise.resolve({ response: new Response("open"), done });
    },
  });
  await (await app.ask("/v1/responses", post({ model: "alpha" }))).text();
  assert.equal(app.live(), 1);
  const reason = new Failure("shutting_down", "The sidecar stops");
  app.abort(reason);
  assert.equal(signal?.reason, reason);
  const drained = app.drain();
  resolve();
  await drained;
  assert.equal(app.live(), 0);
});
