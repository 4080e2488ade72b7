import assert from "node:assert/strict";
import { excluded } from "../../../lib/upstream/transport/no_proxy.ts";
import { proxyFor } from "../../../lib/upstream/transport/proxy_env.ts";

const API = "https://api.example.com/v1";

/** A proxy in one line: `http://user:password@host:port`. */
function shown(url: string, env: Readonly<Record<string, string>>): string | undefined {
  const proxy = proxyFor(new URL(url), (name) => env[name]);
  if (!proxy) return undefined;
  const { kind, host, port, user, password } = proxy;
  const who = user === "" && password === "" ? "" : `${user}:${password}@`;
  return `${kind}://${who}${host}:${port}`;
}

const CASES: [string, Record<string, string>, string | undefined][] = [
  [API, {}, undefined],
  [API, { HTTPS_PROXY: "http://p:3128" }, "http://p:3128"],
  [API, { https_proxy: "http://p:3128" }, "http://p:3128"],
  [API, { https_proxy: "http://low:1", HTTPS_PROXY: "http://up:1" }, "http://low:1"],
  [API, { https_proxy: "", HTTPS_PROXY: "http://up:1" }, "http://up:1"],
  [API, { HTTP_PROXY: "http://p:3128" }, undefined],
  ["http://api.example.com", { HTTP_PROXY: "http://p:3128" }, "http://p:3128"],
  ["http://api.example.com", { http_proxy: "http://p:3128" }, "http://p:3128"],
  ["http://api.example.com", { HTTPS_PROXY: "http://p:3128" }, undefined],
  [API, { ALL_PROXY: "socks5://p:7890" }, "socks5://p:7890"],
  [API, { all_proxy: "socks5h://p" }, "socks5://p:1080"],
  [API, { ALL_PROXY: "socks4a://p" }, "socks4://p:1080"],
  [API, { ALL_PROXY: "http://all:1", HTTPS_PROXY: "http://own:1" }, "http://own:1"],
  [API, { HTTPS_PROXY: "p:3128" }, "http://p:3128"],
  [API, { HTTPS_PROXY: "127.0.0.1:7890" }, "http://127.0.0.1:7890"],
  [API, { HTTPS_PROXY: "http://p" }, "http://p:80"],
  [API, { HTTPS_PROXY: "https://p" }, "https://p:443"],
  [API, { HTTPS_PROXY: "http://[::1]:3128/" }, "http://::1:3128"],
  [API, { HTTPS_PROXY: "http://me:p%40ss@p:1" }, "http://me:p@ss@p:1"],
  [API, { HTTPS_PROXY: "http://me:100%@p:1" }, "http://me:100%@p:1"],
  [API, { HTTPS_PROXY: "http://p:1", NO_PROXY: "example.com" }, undefined],
  [API, { HTTPS_PROXY: "http://p:1", no_proxy: "x", NO_PROXY: "example.com" }, "http://p:1"],
  ["http://127.0.0.1:11434/v1", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://127.9.9.9/v1", { ALL_PROXY: "http://p:1" }, undefined],
  ["http://localhost:1/v1", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://a.localhost/v1", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://[::1]:1/v1", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://[::ffff:127.0.0.1]:1/v1", { HTTP_PROXY: "http://p:1" }, undefined],
  ["http://localhost.example.com/", { HTTP_PROXY: "http://p:1" }, "http://p:1"],
  ["http://192.168.1.9/", { HTTP_PROXY: "http://p:1" }, "http://p:1"],
];
for (const [url, env, proxy] of CASES) {
  Deno.test(`proxy: ${url} with ${JSON.stringify(env)}`, () => {
    assert.equal(shown(url, env), proxy);
  });
}

for (const value of ["ftp://p:1", "http://", "://", "http://me:secret@:1"]) {
  Deno.test(`proxy: ${JSON.stringify(value)} is refused without being shown`, () => {
    assert.throws(() => shown(API, { HTTPS_PROXY: value }), (error: Error) => {
      assert.match(error.message, /^HTTPS_PROXY does not name a proxy/);
      assert.ok(!error.message.includes("secret"));
      return true;
    });
  });
}

const EXCLUDED: [list: string, host: string, port: number, out: boolean][] = [
  ["*", "api.example.com", 443, true],
  ["example.com", "api.example.com", 443, true],
  ["example.com", "example.com", 443, true],
  [".example.com", "api.example.com", 443, true],
  [".example.com", "example.com", 443, true],
  ["*.example.com", "api.example.com", 443, true],
  ["example.com.", "api.example.com", 443, true],
  ["EXAMPLE.com", "api.example.com", 443, true],
  ["ample.com", "api.example.com", 443, false],
  ["api.example.com", "example.com", 443, false],
  ["example.com:443", "api.example.com", 443, true],
  ["example.com:8443", "api.example.com", 443, false],
  ["a.test, example.com", "api.example.com", 443, true],
  ["a.test example.com", "api.example.com", 443, true],
  ["", "api.example.com", 443, false],
  [",", "api.example.com", 443, false],
  [".", "api.example.com", 443, false],
  ["10.0.0.0/8", "10.1.2.3", 80, true],
  ["10.0.0.0/8", "11.1.2.3", 80, false],
  ["10.0.0.0/8:80", "10.1.2.3", 80, true],
  ["10.0.0.0/8:81", "10.1.2.3", 80, false],
  ["10.0.0.0/99", "10.1.2.3", 80, false],
  ["10.0.0.0/x", "10.1.2.3", 80, false],
  ["0.0.0.0/0", "10.1.2.3", 80, true],
  ["0.0.0.0/0", "api.example.com", 443, false],
  ["192.168.1.1", "192.168.1.1", 80, true],
  ["192.168.1.1", "192.168.1.11", 80, false],
  ["192.168.1.1:80", "192.168.1.1", 80, true],
  ["2.3", "10.1.2.3", 80, false],
  ["fd00::/8", "fd12::1", 80, true],
  ["fd00::/8", "fe80::1", 80, false],
  ["fd12::1", "fd12::1", 80, true],
  ["[fd12::1]", "fd12::1", 80, true],
  ["[fd12::1]:80", "fd12::1", 80, true],
  ["[fd12::1]:81", "fd12::1", 80, false],
  ["fd12:0:0::1", "fd12::1", 80, true],
];
for (const [list, host, port, out] of EXCLUDED) {
  Deno.test(`no_proxy: ${JSON.stringify(list)} and ${host} at ${port}`, () => {
    assert.equal(excluded(host, port, list), out);
  });
}
