import assert from "node:assert/strict";
import type { FailureCode } from "../../../lib/base/errors.ts";
import { parseAddress } from "../../../lib/proxy/inbound/address.ts";

const good: [string, object][] = [
  ["/v1/responses", { kind: "default", rest: "responses", query: "" }],
  ["/v1", { kind: "default", rest: "", query: "" }],
  ["/v1//responses?a=%2e%2e#x", { kind: "default", rest: "responses", query: "?a=%2e%2e" }],
  ["/v1/models/xiaomi%2Fmimo", { kind: "default", rest: "models/xiaomi%2Fmimo", query: "" }],
  ["/v1/models/v1..2", { kind: "default", rest: "models/v1..2", query: "" }],
  ["/u/mimo/v1/chat/completions", {
    kind: "named",
    name: "mimo",
    rest: "chat/completions",
    query: "",
  }],
  ["/u/my%20gate/v1/models", { kind: "named", name: "my gate", rest: "models", query: "" }],
  ["/r/https/a.com/v1/responses", relay("https", "a.com", "v1", "responses")],
  ["/r/https/a.com/responses", relay("https", "a.com", "", "responses")],
  ["/r/https/a.com/api/v3/chat/completions", relay("https", "a.com", "api/v3", "chat/completions")],
  ["/r/https/a.com/anthropic/v1/messages", relay("https", "a.com", "anthropic/v1", "messages")],
  ["/r/https/a.com/v1/files/abc", relay("https", "a.com", "", "v1/files/abc")],
  ["/r/https/a.com", relay("https", "a.com", "", "")],
  ["/r/http/[::1]:8080/v1/models", relay("http", "[::1]:8080", "v1", "models")],
  ["/r/http/%5B::1%5D%3A8080/v1/models", relay("http", "[::1]:8080", "v1", "models")],
];

function relay(scheme: string, host: string, path: string, rest: string): object {
  return { kind: "relay", scheme, host, path, rest, query: "" };
}

for (const [path, address] of good) {
  Deno.test(`address: ${path} is read`, () => {
    assert.deepEqual(parseAddress(`http://127.0.0.1:8411${path}`), address);
  });
}

const bad: [string, FailureCode][] = [
  ["", "no_route"],
  ["/", "no_route"],
  ["/responses", "no_route"],
  ["/V1/responses", "no_route"],
  ["/%761/responses", "no_route"],
  ["/u/mimo/responses", "no_route"],
  ["/u", "no_route"],
  ["/r", "no_route"],
  ["/r/https", "no_route"],
  ["/r/https/", "no_route"],
  ["/r/https//v1/responses", "no_route"],
  ["/r/https/a.com/%2e%2e%2fx", "relay_refused"],
  ["/r/https/a.com%2fv1/x", "relay_refused"],
];
for (
  const climb of [
    "..",
    ".",
    "%2e%2e",
    "%2E.",
    "..%2f..",
    "x%2f..%2fy",
    "a\\b",
    "a%5cb",
    "%00",
    "%e4",
  ]
) {
  bad.push([`/v1/${climb}/x`, "bad_request"], [`/u/mimo/v1/x/${climb}`, "bad_request"]);
  if (!climb.includes("%2f")) bad.push([`/r/https/a.com/v1/${climb}/responses`, "bad_request"]);
}

for (const [path, code] of bad) {
  Deno.test(`address: ${path || "nothing"} is refused`, () => {
    assert.throws(() => parseAddress(`http://127.0.0.1:8411${path}`), { code });
  });
}
