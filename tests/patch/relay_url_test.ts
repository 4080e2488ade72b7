import assert from "node:assert/strict";
import { displayUrl, fromRelay, relayFault, toRelay } from "../../lib/patch/relay_url.ts";
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

const webUrl = fc.webUrl().filter((url) => !/\/(?:\.|%2e){1,2}(?:\/|$)/i.test(url));

const faults: [url: string, why: RegExp][] = [
  ["ftp://a/", /^is no http or https URL$/],
  ["", /^is no http/],
  ["https://u:p@a/v1", /^holds a user name or a password/],
  ["https://u@a/v1", /^holds a user name/],
  ["https://@a/v1", /^holds a user name/],
  ["https://a/v1?api-version=1", /^has a query/],
  ["https://a/v1?", /^has a query/],
  ["https://a/v1#x", /^has a fragment/],
  ["https://a/x/../v1", /^has \. or \.\. in its path/],
  ["https://a/./v1", /in its path/],
  ["https://a/x/%2e%2E/v1", /in its path/],
  ["https://a/v1/..", /in its path/],
  ["https://a/x\\..\\v1", /in its path/],
  ["https://a/v1\\x", /characters that no URL has/],
];
for (const [url, why] of faults) {
  Deno.test(`relay_url: why ${JSON.stringify(url)} has no relay URL`, () => {
    assert.equal(toRelay(url, 8411), undefined);
    assert.match(relayFault(url) ?? "", why);
  });
}

Deno.test("relay_url: dots that are no segment are nothing special", () => {
  for (const url of ["https://a/..b/v1", "https://a/v1.0", "https://a/...", "https://a.b/v1"]) {
    assert.equal(relayFault(url), undefined, url);
  }
});

Deno.test("relay_url: any web URL without user, query, fragment and dot segments comes back but for slashes at its end", () => {
  fc.assert(fc.property(webUrl, fc.integer({ min: 1, max: 65_535 }), (url, port) => {
    const relay = toRelay(url, port);
    assert.deepEqual(relay && fromRelay(relay)?.url, url.replace(/\/+$/, ""));
    assert.equal(toRelay(relay ?? "", 1), toRelay(url, 1));
  }));
});

Deno.test("relay_url: a key in a URL's path is not shown", () => {
  assert.doesNotMatch(displayUrl("https://a.example/sk-abcdefgh12345678/v1"), /abcdefgh/);
  assert.equal(displayUrl("https://a.example:8443/v1"), "https://a.example:8443/v1");
});
