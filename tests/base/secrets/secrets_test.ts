import assert from "node:assert/strict";
import { maskSecrets } from "../../../lib/base/secrets/secrets.ts";

const cases: readonly (readonly [string, string])[] = [
  ["Incorrect API key provided: sk-abcd1234efgh.", "Incorrect API key provided: sk-…."],
  ["key sk-proj-AbC_d-123456 refused", "key sk-… refused"],
  ["sk-or-v1-0123456789abcdef", "sk-…"],
  ["sk-abcd****************wxyz", "sk-…"],
  ["Invalid key tp-1a2b3c4d5e6f7g8h for this host", "Invalid key tp-… for this host"],
  ["Authorization: Bearer abcdef.ghijkl", "Authorization: Bearer …"],
  ["authorization: Bearer sk-abc123def", "authorization: Bearer sk-…"],
  ["token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.sig-na_ture end", "token eyJ… end"],
  ["0123456789abcdef0123456789abcdef.AbCdEfGhIjKlMnOp", "…"],
  ['{"api_key": "550e8400-e29b-41d4-a716-446655440000"}', '{"api_key": "…"}'],
  ["x-api-key=550e8400-e29b-41d4-a716-446655440000", "x-api-key=…"],
  ["API key provided: 8f3a9c0d1e2f", "API key provided: …"],
  ["http://user:pa55@proxy:3128/x", "http://…@proxy:3128/x"],
  ["AIzaSyA0123456789012345678901234567890", "AIza…"],
  ["LTAI5tAbCdEfGhIjKlMnOp", "LTAI…"],
  // nothing secret
  [
    "the sk-learn-contrib package, see tp-link-router",
    "the sk-learn-contrib package, see tp-link-router",
  ],
  [
    "request id 550e8400-e29b-41d4-a716-446655440000",
    "request id 550e8400-e29b-41d4-a716-446655440000",
  ],
  ["API key is missing", "API key is missing"],
  [
    "https://platform.example/docs/guides:error@v2",
    "https://platform.example/docs/guides:error@v2",
  ],
  ["您的密钥无效", "您的密钥无效"],
  ["", ""],
];

for (const [text, masked] of cases) {
  Deno.test(`secrets: ${JSON.stringify(text.slice(0, 50))}`, () => {
    assert.equal(maskSecrets(text), masked);
    assert.equal(maskSecrets(masked), masked);
  });
}

Deno.test("secrets: hides what the caller knows, keeping a public prefix, but no short word", () => {
  const known = ["plain-secret-words", "tp-onlyletters", "short"];
  assert.equal(
    maskSecrets("a plain-secret-words, tp-onlyletters, short", known),
    "a …, tp-…, short",
  );
});
