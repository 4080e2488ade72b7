import assert from "node:assert/strict";
import { Hono } from "hono";
import { Failure, type FailureCode } from "../../../lib/base/errors.ts";
import type { Config } from "../../../lib/config/config.ts";
import { guard } from "../../../lib/proxy/inbound/guard.ts";

type Listen = Config["listen"];
type Init = {
  method?: string;
  path?: string;
  target?: string;
  [header: string]: string | undefined;
};

const local: Listen = { host: "127.0.0.1", port: 8411, token: null };
const secret: Listen = { ...local, token: "T0k" };
const beyond: Listen = { host: "0.0.0.0", port: 8411, token: "T0k" };
const HOST = "127.0.0.1:8411";

async function ask(listen: Listen, { method, path, target, ...headers }: Init): Promise<string> {
  const app = new Hono();
  let code: FailureCode | undefined;
  app.use(guard(listen));
  app.all("*", (c) => c.text("through"));
  app.onError((error, c) => {
    code = (error as Failure).code;
    assert(error instanceof Failure);
    return c.text(error.fullMessage, 500);
  });
  // As Deno shows it: the authority of the URL is the Host, unless the target was a URL itself
  const base = target ??
    (URL.canParse(`http://${headers.host}`) ? `http://${headers.host}` : ORIGIN);
  const request = new Request(`${base}${path ?? "/v1/models"}`, {
    method: method ?? "GET",
    headers: Object.entries(headers).filter((header): header is [string, string] =>
      header[1] !== undefined
    ),
  });
  const text = await (await app.fetch(request)).text();
  assert(!text.includes("T0k"));
  return code ?? text;
}

const ORIGIN = `http://${HOST}`;
const cases: [string, Listen, Init, string][] = [
  ["a loopback address", local, { host: HOST }, "through"],
  ["another loopback address", local, { host: "127.8.9.1" }, "through"],
  ["localhost in any case and port", local, { host: "LocalHost:1" }, "through"],
  ["loopback in six", local, { host: "[::1]:8411" }, "through"],
  [
    "the host that is listened on",
    { ...local, host: "10.0.0.5" },
    { host: "10.0.0.5:8411" },
    "through",
  ],
  ["no host", local, {}, "bad_host"],
  ["an empty host", local, { host: "" }, "bad_host"],
  ["two hosts", local, { host: "127.0.0.1, evil.com" }, "bad_host"],
  ["another host", local, { host: "evil.com" }, "bad_host"],
  ["a host that looks like loopback", local, { host: "127.0.0.1.evil.com" }, "bad_host"],
  ["a host under localhost", local, { host: "evil.localhost" }, "bad_host"],
  ["a host with a user", local, { host: "127.0.0.1@evil.com" }, "bad_host"],
  ["a host with a path", local, { host: "localhost/x" }, "bad_host"],
  ["the unspecified address", local, { host: "0.0.0.0:8411" }, "bad_host"],
  ["an odd notation", local, { host: "127.1" }, "bad_host"],
  ["a broken octet", local, { host: "127.0.0.256" }, "bad_host"],

  [
    "its own page, of its own data",
    local,
    { host: HOST, path: "/metrics", origin: ORIGIN, "sec-fetch-site": "same-origin" },
    "through",
  ],
  ["an address typed in", local, { host: HOST, "sec-fetch-site": "none" }, "through"],
  ["an opaque page", local, { host: HOST, origin: "null" }, "bad_origin"],
  ["another page", local, { host: HOST, origin: "https://evil.com" }, "bad_origin"],
  ["a page of another port", local, { host: HOST, origin: "http://127.0.0.1:3000" }, "bad_origin"],
  ["a page of another name", local, { host: HOST, origin: "http://localhost:8411" }, "bad_origin"],
  ["a page over https", local, { host: HOST, origin: `https://${HOST}` }, "bad_origin"],
  ["an empty origin", local, { host: HOST, origin: "" }, "bad_origin"],
  ["two origins", local, { host: HOST, origin: `${ORIGIN}, ${ORIGIN}` }, "bad_origin"],
  ["a cross-site fetch", local, { host: HOST, "sec-fetch-site": "cross-site" }, "bad_origin"],
  ["a same-site fetch", local, { host: HOST, "sec-fetch-site": "Same-Site" }, "bad_origin"],
  ["a preflight", local, { host: HOST, method: "OPTIONS", origin: ORIGIN }, "bad_origin"],
  ["OPTIONS of a program", local, { host: HOST, method: "OPTIONS" }, "through"],
  [
    "a same-origin page beyond loopback",
    beyond,
    { host: "evil.com", origin: "http://evil.com", "x-sidecar-token": "T0k" },
    "bad_origin",
  ],

  ["the token as bearer", secret, { host: HOST, authorization: "Bearer T0k" }, "through"],
  [
    "the token as bearer, lower case",
    secret,
    { host: HOST, authorization: "bearer T0k" },
    "through",
  ],
  ["the token in its own header", secret, { host: HOST, "x-sidecar-token": "T0k" }, "through"],
  [
    "the token next to a key",
    secret,
    { host: HOST, authorization: "Bearer sk", "x-sidecar-token": "T0k" },
    "through",
  ],
  ["no token", secret, { host: HOST }, "bad_token"],
  ["a wrong token", secret, { host: HOST, authorization: "Bearer t0k" }, "bad_token"],
  ["a token and more", secret, { host: HOST, "x-sidecar-token": "T0k, T0k" }, "bad_token"],
  ["a token as basic", secret, { host: HOST, authorization: "Basic T0k" }, "bad_token"],
  ["no token on the dashboard", secret, { host: HOST, path: "/" }, "bad_token"],
  ["no token on health", secret, { host: HOST, path: "/healthz" }, "through"],
  ["no token below health", secret, { host: HOST, path: "/healthz/x" }, "bad_token"],
  ["any host with the token", beyond, { host: "box.lan", "x-sidecar-token": "T0k" }, "through"],
  ["any host without the token", beyond, { host: "box.lan" }, "bad_token"],
  ["no host with the token", beyond, { "x-sidecar-token": "T0k" }, "bad_host"],
  [
    "any host, loopback, with the token",
    secret,
    { host: "box.lan", "x-sidecar-token": "T0k" },
    "bad_host",
  ],

  ["WebSocket", local, { host: HOST, upgrade: "WebSocket" }, "upgrade_refused"],
  [
    "WebSocket anywhere",
    local,
    { host: HOST, path: "/nowhere", upgrade: "websocket" },
    "upgrade_refused",
  ],
  ["an upgrade that may be ignored", local, { host: HOST, upgrade: "h2c" }, "through"],

  ["its own page, of a provider", local, { host: HOST, origin: ORIGIN }, "bad_origin"],
  ["an address of a provider typed in", local, {
    host: HOST,
    "sec-fetch-site": "none",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  }, "bad_origin"],
  ["its own address typed in", local, {
    host: HOST,
    path: "/",
    "sec-fetch-site": "none",
    "sec-fetch-mode": "navigate",
    "sec-fetch-dest": "document",
  }, "through"],
  ["an unknown site", local, { host: HOST, path: "/", "sec-fetch-site": "near" }, "bad_origin"],
  ["an empty site", local, { host: HOST, path: "/", "sec-fetch-site": "" }, "bad_origin"],
  ["two sites", local, { host: HOST, path: "/", "sec-fetch-site": "none, none" }, "bad_origin"],
  ["a path that only begins like a provider's", local, {
    host: HOST,
    path: "/v1x",
    "sec-fetch-mode": "navigate",
  }, "through"],

  ["the target is the host", local, { host: HOST, target: "HTTP://127.0.0.1:8411" }, "through"],
  [
    "port 80 said and unsaid",
    local,
    { host: "localhost", target: "http://localhost:80" },
    "through",
  ],
  ["another target", local, { host: HOST, target: "http://evil.com" }, "bad_host"],
  ["another of our targets", local, { host: HOST, target: "http://localhost:8411" }, "bad_host"],
  ["another port", local, { host: HOST, target: "http://127.0.0.1:1" }, "bad_host"],
  ["another scheme", local, { host: HOST, target: "https://127.0.0.1:8411" }, "bad_host"],
  ["another target beyond loopback", beyond, {
    host: "box.lan",
    target: "http://other.lan",
    "x-sidecar-token": "T0k",
  }, "bad_host"],

  ["host before origin", local, { host: "evil.com", origin: "null" }, "bad_host"],
  ["origin before token", secret, { host: HOST, origin: "null" }, "bad_origin"],
  ["token before upgrade", secret, { host: HOST, upgrade: "websocket" }, "bad_token"],
];

for (const [name, listen, init, expected] of cases) {
  Deno.test(`guard: ${name}: ${expected}`, async () => {
    assert.equal(await ask(listen, init), expected);
  });
}
