import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { disarm, isProxied, refuseBrowsers } from "../../../lib/proxy/inbound/browser.ts";
import { testApp, upstream } from "../../helpers/proxy/app.ts";
import { serve } from "../../helpers/peers/sockets.ts";

const HOST = { host: "127.0.0.1:8411" };

/** What a client sends to a provider's path, and whether it passes. */
const clients: [name: string, headers: Record<string, string>, passes: boolean][] = [
  ["curl", { "user-agent": "curl/8", accept: "*/*" }, true],
  ["Codex", { originator: "codex_cli_rs", accept: "text/event-stream" }, true],
  ["Node's fetch", { "sec-fetch-mode": "cors", "accept-language": "*" }, true],
  ["Electron's net", {
    "sec-fetch-site": "none",
    "sec-fetch-mode": "no-cors",
    "sec-fetch-dest": "empty",
  }, true],
  ["any origin", { origin: "http://127.0.0.1:8411" }, false],
  ["a fetch of its own page", { "sec-fetch-site": "same-origin", "sec-fetch-mode": "cors" }, false],
  ["an address typed in", { "sec-fetch-mode": "navigate" }, false],
  ["a nested page", { "sec-fetch-mode": "nested-navigate" }, false],
  ["a socket", { "sec-fetch-mode": "websocket" }, false],
  ["a mode of next year", { "sec-fetch-mode": "teleport" }, false],
  ["an empty mode", { "sec-fetch-mode": "" }, false],
  ["a click", { "sec-fetch-user": "?1" }, false],
  ["an old browser that opens a page", { "upgrade-insecure-requests": "1" }, false],
  ["a worker of its own", { "service-worker": "script" }, false],
  ["a prefetch", { "sec-purpose": "prefetch" }, false],
  ["an older prefetch", { purpose: "prefetch" }, false],
  ["a preflight", { "access-control-request-method": "POST" }, false],
  ...[
    "document",
    "iframe",
    "frame",
    "embed",
    "object",
    "serviceworker",
    "worker",
    "sharedworker",
    "script",
    "style",
    "image",
    "xslt",
    "json",
    "Document",
    "hologram",
    "",
  ].map((dest): [string, Record<string, string>, boolean] => [
    `${dest || "nothing"} as destination`,
    { "sec-fetch-dest": dest },
    false,
  ]),
];
for (const [name, headers, passes] of clients) {
  Deno.test(`browser: ${name} ${passes ? "may" : "may not"} ask a provider`, () => {
    const ask = () => refuseBrowsers(new Headers(headers));
    if (passes) return ask();
    assert.throws(ask, (error) => error instanceof Failure && error.code === "bad_origin");
  });
}

Deno.test("browser: a provider's paths are those that lead to one", () => {
  const paths = ["/v1", "/v1/x", "/u/a/v1", "/r/https/a", "/r", "/", "/healthz", "/v10", "/ur"];
  assert.deepEqual(paths.filter(isProxied), ["/v1", "/v1/x", "/u/a/v1", "/r/https/a", "/r"]);
});

Deno.test("browser: nothing that a provider says weakens its own policy; a page of ours keeps its own", () => {
  const policy = { "content-security-policy": "default-src 'self'" };
  const csp = (proxied: boolean) =>
    disarm(new Response("", { headers: policy }), proxied).headers.get("content-security-policy");
  assert.deepEqual([csp(true), csp(false)], ["sandbox", "default-src 'self'"]);
});

/** What a hostile provider answers with, for whatever it is asked. */
const HOSTILE: Record<string, string> = {
  "content-type": "text/html",
  "content-security-policy": "sandbox allow-scripts allow-same-origin",
  "x-content-type-options": "none",
  "cross-origin-resource-policy": "cross-origin",
  "service-worker-allowed": "/",
  "set-cookie": "a=b",
  refresh: "0; url=/",
  "clear-site-data": '"*"',
  location: "https://evil.example/",
  link: "</x.js>; rel=modulepreload",
  "access-control-allow-origin": "*",
};
const GONE = [
  "service-worker-allowed",
  "set-cookie",
  "refresh",
  "clear-site-data",
  "location",
  "link",
  "access-control-allow-origin",
];

const asked: [path: string, init: RequestInit, csp: string][] = [
  ["/u/a/v1/page.html", {}, "sandbox"],
  ["/v1/page.html", {}, "sandbox"],
  ["/v1/models", { method: "HEAD" }, "sandbox"],
  ["/r/http/127.0.0.1:$PORT/x", {}, "sandbox"],
  ["/v1/chat/completions", {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  }, "sandbox"],
  // An answer of the exchange, and refusals of every kind
  ["/v1/responses", {
    method: "POST",
    body: "{}",
    headers: { "content-type": "application/json" },
  }, "sandbox"],
  ["/v1/responses", { method: "POST", body: "{}" }, "sandbox"],
  ["/u/nobody/v1/models", {}, "sandbox"],
  ["/r/https/evil.example/v1/models", {}, "sandbox"],
  ["/v1/models", { headers: { "sec-fetch-dest": "document" } }, "sandbox"],
  ["/v1/models", { headers: { host: "evil.com" } }, "sandbox"],
  ["/v1/%zz", {}, "sandbox"],
  ["/healthz", {}, "default-src 'none'"],
  ["/metrics", {}, "default-src 'none'"],
  ["/", {}, "default-src 'none'"],
  ["/", { headers: { origin: "https://evil.com" } }, "default-src 'none'"],
  ["/nowhere", {}, "default-src 'none'"],
];
for (const [path, init, csp] of asked) {
  const how = [init.method, JSON.stringify(init.headers)].filter((one) => one).join(" ");
  Deno.test(`browser: what leaves ${path} ${how} can do nothing in a browser`, async () => {
    await using provider = serve(() => new Response("<script>", { headers: HOSTILE }));
    const host = `127.0.0.1:${provider.port}`;
    using app = testApp({
      upstreams: new Map([["a", upstream(`http://${host}/v1`)]]),
      relay: { hosts: [host] },
    }, {
      metrics: { contentType: "text/plain", expose: () => Promise.resolve("a 1\n") },
    });
    const response = await app.ask(path.replace("$PORT", String(provider.port)), {
      ...init,
      headers: { ...HOST, ...init.headers as Record<string, string> },
    });
    await response.body?.cancel();
    const { headers } = response;
    const policy = headers.get("content-security-policy") ?? "";
    assert.equal(policy.slice(0, csp.length), csp);
    assert.doesNotMatch(policy, /allow-/);
    assert.deepEqual(
      ["x-content-type-options", "cross-origin-resource-policy", "x-frame-options"].map((name) =>
        headers.get(name)
      ),
      ["nosniff", "same-origin", "DENY"],
    );
    assert.deepEqual(GONE.filter((name) => headers.has(name)), []);
    await app.drain();
  });
}
