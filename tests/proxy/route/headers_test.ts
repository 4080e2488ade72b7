import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { GENERIC } from "../../../lib/provider/profiles.ts";
import assert from "node:assert/strict";
import { clientHeaders, keyOf, upstreamHeaders } from "../../../lib/proxy/route/headers.ts";

const plain = { token: null, auth: undefined, takesLogin: false };

Deno.test("headers: only what concerns the upstream goes up", () => {
  const from = new Headers({
    accept: "text/event-stream",
    authorization: "Bearer sk-1",
    connection: "keep-alive, X-Hop",
    "x-hop": "1",
    "keep-alive": "timeout=5",
    te: "trailers",
    trailer: "x",
    "transfer-encoding": "chunked",
    upgrade: "h2c",
    "http2-settings": "AAA",
    expect: "100-continue",
    host: "127.0.0.1:8411",
    "content-length": "3",
    "content-type": "application/json",
    "content-encoding": "zstd",
    "accept-encoding": "gzip",
    cookie: "a=b",
    origin: "http://127.0.0.1:8411",
    referer: "http://127.0.0.1:8411/",
    "sec-fetch-site": "same-origin",
    "x-sidecar-token": "t",
    forwarded: "for=1.2.3.4",
    "x-forwarded-for": "1.2.3.4",
    "x-real-ip": "1.2.3.4",
    "proxy-authorization": "Basic x",
    "access-control-request-method": "POST",
    "chatgpt-account-id": "acc",
    originator: "codex_cli_rs",
    "user-agent": "codex/1",
  });
  assert.deepEqual(Object.fromEntries(upstreamHeaders(from, plain)), {
    accept: "text/event-stream",
    "accept-encoding": "identity",
    authorization: "Bearer sk-1",
    "content-type": "application/json",
    originator: "codex_cli_rs",
    "user-agent": "codex/1",
  });
});

/** What the client sent, the token, the target's key, what goes up. */
const keys: [string, Record<string, string>, string | null, string | undefined, object][] = [
  [
    "every key header goes as it came",
    {
      authorization: "Bearer a",
      "api-key": "b",
      "x-api-key": "c",
    },
    null,
    undefined,
    { authorization: "Bearer a", "api-key": "b", "x-api-key": "c" },
  ],
  [
    "the target's key replaces all of them",
    { authorization: "Bearer a", "api-key": "b", "x-api-key": "c" },
    null,
    "K",
    { authorization: "Bearer K" },
  ],
  ["the sidecar's token goes nowhere", { authorization: "bearer  T" }, "T", undefined, {}],
  ["its place is taken by the target's key", { authorization: "Bearer T" }, "T", "K", {
    authorization: "Bearer K",
  }],
  [
    "a key next to the token goes",
    { authorization: "Bearer a", "x-sidecar-token": "T" },
    "T",
    undefined,
    {
      authorization: "Bearer a",
    },
  ],
];
for (const [name, from, token, key, expected] of keys) {
  Deno.test(`headers: ${name}`, () => {
    const headers = upstreamHeaders(new Headers(from), {
      token,
      auth: key === undefined ? undefined : WIRES.responses.authHeaders(key, GENERIC),
      takesLogin: false,
    });
    headers.delete("accept-encoding");
    assert.deepEqual(Object.fromEntries(headers), expected);
  });
}

Deno.test("headers: the account of a login goes along with the login only", () => {
  const from = new Headers({ "chatgpt-account-id": "acc" });
  const accounts = [
    { ...plain, takesLogin: true },
    { ...plain, takesLogin: true, auth: WIRES.chat.authHeaders("K", GENERIC) },
    plain,
  ].map((options) => upstreamHeaders(from, options).get("chatgpt-account-id"));
  assert.deepEqual(accounts, ["acc", null, null]);
});

Deno.test("headers: nothing of the upstream's connection, cookies, policies or orders to a browser comes down", () => {
  const from = new Headers([
    ["content-type", "application/json"],
    ["content-length", "3"],
    ["connection", "x-hop"],
    ["x-hop", "1"],
    ["transfer-encoding", "chunked"],
    ["set-cookie", "a=b"],
    ["set-cookie", "c=d"],
    ["openai-model", "gpt"],
    ["x-models-etag", "e"],
    ["x-codex-primary-used-percent", "1"],
    ["alt-svc", "h3"],
    ["strict-transport-security", "max-age=1"],
    ["access-control-allow-origin", "*"],
    ["service-worker-allowed", "/"],
    ["refresh", "0; url=https://evil.example/"],
    ["clear-site-data", '"*"'],
    ["location", "https://evil.example/"],
    ["content-location", "/"],
    ["link", "</x>; rel=preload"],
    ["sourcemap", "/x.map"],
    ["speculation-rules", '"/x.json"'],
    ["nel", "{}"],
    ["report-to", "{}"],
    ["reporting-endpoints", 'a="https://evil.example/"'],
    ["public-key-pins", "x"],
    ["content-security-policy", "default-src *"],
    ["content-security-policy-report-only", "default-src *"],
    ["x-frame-options", "ALLOWALL"],
    ["x-content-type-options", "sniff"],
    ["cross-origin-resource-policy", "cross-origin"],
    ["timing-allow-origin", "*"],
    ["www-authenticate", "Negotiate"],
    ["sec-session-registration", "x"],
    ["x-request-id", "r"],
    ["retry-after", "3"],
  ]);
  assert.deepEqual(Object.fromEntries(clientHeaders(from)), {
    "content-type": "application/json",
    "x-request-id": "r",
    "retry-after": "3",
  });
});

Deno.test("headers: the key is found in whichever header holds it", () => {
  const found = [{ authorization: "Bearer a" }, { "api-key": "b" }, { "x-api-key": " c " }, {}]
    .map((headers) => keyOf(new Headers(headers as Record<string, string>)));
  assert.deepEqual(found, ["a", "b", "c", undefined]);
});
