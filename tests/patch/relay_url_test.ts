import assert from "node:assert/strict";
import { displayUrl, fromRelay, toRelay } from "../../lib/patch/relay_url.ts";
import { fc } from "../helpers/fast_check.ts";

const relays: [url: string, relay: string, back: string, host: string][] = [
  ["https://a.example/v1", "https/a.example/v1", "https://a.example/v1", "a.example"],
  ["https://a.example/v1/", "https/a.example/v1", "https://a.example/v1", "a.example"],
  ["https://a.example", "https/a.example", "https://a.example", "a.example"],
  [
    "http://127.0.0.1:11434/v1",
    "http/127.0.0.1:11434/v1",
    "http://127.0.0.1:11434/v1",
    "127.0.0.1:11434",
  ],
  ["http://[::1]:9/", "http/[::1]:9", "http://[::1]:9", "[::1]:9"],
  ["HTTPS://A.example/V1", "https/A.example/V1", "https://A.example/V1", "A.example"],
  [" https://a.example/v1 ", "https/a.example/v1", "https://a.example/v1", "a.example"],
  [
    "http://127.0.0.1:1/r/https/a.example/v1",
    "https/a.example/v1",
    "https://a.example/v1",
    "a.example",
  ],
];
for (const [url, path, back, host] of relays) {
  Deno.test(`relay_url: ${url} becomes a relay URL and comes back`, () => {
    const relay = `http://127.0.0.1:8411/r/${path}`;
    assert.equal(toRelay(url, 8411), relay);
    assert.deepEqual(fromRelay(relay), {
      port: 8411,
      url: back,
      host,
      origin: back.split("/").slice(0, 3).join("/"),
    });
  });
}

for (
  const url of [
    "",
    "a",
    "ftp://a/",
    "https://u:p@a/v1",
    "https://a/v1?k=1",
    "https://a/#x",
    "https://",
    "https://a b/",
  ]
) {
  Deno.test(`relay_url: ${JSON.stringify(url)} has no relay URL`, () => {
    assert.equal(toRelay(url, 8411), undefined);
  });
}

for (
  const url of [
    "https://127.0.0.1:8411/r/https/a/v1",
    "http://localhost:8411/r/https/a/v1",
    "http://127.0.0.1:8411/r/ftp/a",
    "http://127.0.0.1:8411/v1",
    "http://127.0.0.1/r/https/a",
    "x http://127.0.0.1:8411/r/https/a",
  ]
) {
  Deno.test(`relay_url: ${url} is no relay URL`, () => assert.equal(fromRelay(url), undefined));
}

Deno.test("relay_url: any web URL without user, query and fragment comes back but for slashes at its end", () => {
  fc.assert(fc.property(fc.webUrl(), fc.integer({ min: 1, max: 65_535 }), (url, port) => {
    const relay = toRelay(url, port);
    assert.deepEqual(relay && fromRelay(relay)?.url, url.replace(/\/+$/, ""));
    assert.equal(toRelay(relay ?? "", 1), toRelay(url, 1));
  }));
});

Deno.test("relay_url: a key in a URL's path is not shown", () => {
  assert.doesNotMatch(displayUrl("https://a.example/sk-abcdefgh12345678/v1"), /abcdefgh/);
  assert.equal(displayUrl("https://a.example:8443/v1"), "https://a.example:8443/v1");
});
