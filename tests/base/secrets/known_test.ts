import assert from "node:assert/strict";
import { headerSecrets, shownUrl, urlSecrets } from "../../../lib/base/secrets/sources.ts";
import { maskSecrets } from "../../../lib/base/secrets/secrets.ts";

const keys: Readonly<Record<string, string>> = {
  "with a prefix": "sk-Ab3dEf6hIj9kLm2nOp5q",
  "a UUID": "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
  "of words": "correct-horse-battery",
  "with signs": "a+b/c=d$e&f<g>h\"i'j%k",
};
const hex = (key: string) =>
  [...new TextEncoder().encode(key)].map((byte) => byte.toString(16).padStart(2, "0"));
const each = (key: string, form: (code: number) => string) =>
  [...key].map((letter) => form(letter.charCodeAt(0))).join("");
const two = (code: number) => code.toString(16).padStart(2, "0");

/** How somebody may write the key down again. */
const echoes: Readonly<Record<string, (key: string) => string>> = {
  "as it is": (key) => key,
  "in capitals": (key) => key.toUpperCase(),
  "in base64": (key) => btoa(key),
  "in base64, in the middle": (key) => btoa(`x${key}y`),
  "in base64, after a scheme": (key) => btoa(`Bearer ${key}`),
  "in base64 of Basic": (key) => `Basic ${btoa(`user:${key}`)}`,
  "in base64 for URLs": (key) =>
    btoa(key).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", ""),
  "in hex": (key) => hex(key).join(""),
  "in hex, capitals": (key) => hex(key).join("").toUpperCase(),
  "in hex, with colons": (key) => hex(key).join(":"),
  "in hex, as bytes": (key) => hex(key).join(" "),
  "percent-encoded": (key) => encodeURIComponent(key),
  "percent-encoded, all of it": (key) => each(key, (code) => `%${two(code)}`),
  "percent-encoded twice": (key) => encodeURIComponent(encodeURIComponent(key)),
  "in entities": (key) => each(key, (code) => `&#${code};`),
  "in hex entities": (key) => each(key, (code) => `&#x${two(code)};`),
  "as HTML": (key) =>
    key.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;").replaceAll(
      "'",
      "&#39;",
    ),
  "in \\u": (key) => each(key, (code) => `\\u00${two(code)}`),
  "in \\u{}": (key) => each(key, (code) => `\\u{${code.toString(16)}}`),
  "in \\x": (key) => each(key, (code) => `\\x${two(code)}`),
  "as JSON": (key) => JSON.stringify(key),
  "as JSON in JSON": (key) => JSON.stringify(JSON.stringify(key)),
  "with a zero-width space in it": (key) => `${key.slice(0, 7)}\u200b${key.slice(7)}`,
  "with a zero-width space between all": (key) => [...key].join("\u200d"),
  "with a soft hyphen in it": (key) => `${key.slice(0, 9)}\u00ad${key.slice(9)}`,
  "twice": (key) => `${key}${key}`,
};
for (const [kind, key] of Object.entries(keys)) {
  for (const [how, write] of Object.entries(echoes)) {
    Deno.test(`known secrets: a key ${kind} that is echoed ${how} is hidden`, () => {
      const masked = maskSecrets(`bad key ${write(key)}, sorry`, [key]);
      assert.match(masked, /^bad key [\s\S]{0,24}…/);
      assert.match(masked, /, sorry$/);
      const left = masked.toLowerCase();
      const half = write(key.slice(3, -3)).toLowerCase();
      assert.ok(!left.includes(half), masked);
      assert.ok(masked.length < 50, masked);
      assert.equal(maskSecrets(masked, [key]), masked, "twice is once");
    });
  }
}

Deno.test("known secrets: of a key that its echo cut short nothing stays", () => {
  const key = "Ab3dEf6hIj9kLm2nOp5qRs8t";
  for (const echo of [key.slice(0, 14), key.slice(-12), `${key.slice(0, 10)}...`]) {
    assert.doesNotMatch(maskSecrets(`bad key ${echo} here`, [key]), /[A-Z][a-z]\d/, echo);
  }
});

Deno.test("known secrets: a limit within a known key leaves nothing of it", () => {
  const key = "correct-horse-battery-staple";
  const text = `no ${key} no`;
  for (let max = 4; max < text.length; max++) {
    assert.doesNotMatch(maskSecrets(text, [key], { max }), /c|horse|staple/, `cut at ${max}`);
  }
});

Deno.test("known secrets: many of them, with one inside another, and short ones that are no secrets", () => {
  const known = ["abcdefgh", "abcdefghijkl", "no", "", "a (b) [c] \\d $e"];
  assert.equal(maskSecrets("abcdefghijkl no a (b) [c] \\d $e abcdefgh", known), "… no … …");
});

Deno.test("known secrets: headers give their values, without scheme, and the parts of cookies and passwords", () => {
  const headers = new Headers({
    authorization: `Basic ${btoa("me:pass-word-1")}`,
    "x-api-key": "plain-key-1",
    cookie: "sid=cookie-value-1; theme=dark",
    "content-type": "application/json",
    "x-auth-token": "auth-token-1",
    "ocp-apim-subscription-key": "subscription-1",
  });
  const found = headerSecrets(headers);
  for (
    const secret of [
      "pass-word-1",
      "plain-key-1",
      "cookie-value-1",
      "auth-token-1",
      "subscription-1",
    ]
  ) {
    assert.ok(found.includes(secret), secret);
  }
  assert.ok(!found.includes("application/json"));
});

const urls: readonly (readonly [url: string, shown: string])[] = [
  ["https://api.example.com/v1", "https://api.example.com/v1"],
  ["https://user:pa55word@api.example.com/v1", "https://…@api.example.com/v1"],
  ["https://api.example.com/v1?key=hunter2&alt=sse", "https://api.example.com/v1?key=…&alt=sse"],
  ["https://gw.example/t/0a1b2c3d4e5f60718293a4b5c6d7e8f9/v1", "https://gw.example/t/…/v1"],
  ["https://gw.example/sk-a1b2c3d4e5/v1", "https://gw.example/sk-…/v1"],
  [
    "http://127.0.0.1:8411/r/https/api.example.com/compatible-mode/v1",
    "http://127.0.0.1:8411/r/https/api.example.com/compatible-mode/v1",
  ],
  ["no URL", "no URL"],
];
for (const [url, shown] of urls) {
  Deno.test(`known secrets: ${url} is shown as ${shown}`, () => {
    assert.equal(shownUrl(url), shown);
    assert.equal(shownUrl(shown), shown);
    for (const secret of urlSecrets(url)) {
      if (secret.length >= 6) assert.ok(!shown.includes(secret), secret);
    }
  });
}
