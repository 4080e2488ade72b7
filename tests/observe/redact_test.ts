import assert from "node:assert/strict";
import { redact } from "../../lib/observe/redact.ts";
import { worked } from "../helpers/rules/growth.ts";

const jwt = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2F1dGgifQ.c2lnbmF0dXJl-_x";
const secrets: [text: string, shown: string][] = [
  ["sk-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c", "sk-[redacted]"],
  ["sk-proj-Ab_3dEfGhIjKlMnOpQrStUvWxYz0123456789", "sk-[redacted]"],
  ["sk-or-v1-0123456789abcdef0123456789abcdef", "sk-[redacted]"],
  ["sk-ant-api03-AbCdEf_123-xyzAA", "sk-[redacted]"],
  ["key=sk-12345678, then", "key=sk-[redacted], then"],
  ["my_sk-abcdefgh1", "my_sk-[redacted]"],
  ["tp-c9x8v7b6n5m4a3s2d1f0", "tp-[redacted]"],
  ["gsk_AbCdEfGhIjKlMnOpQrSt1234", "gsk_[redacted]"],
  ["xai-AbCdEfGhIjKlMnOpQrSt1234", "xai-[redacted]"],
  ["AKLTNmYwYjEyMzQ1Njc4OTBhYmNkZWY", "AKLT[redacted]"],
  ["AIzaSyA1234567890abcdefghijklmnopqrstu", "AIza[redacted]"],
  ["hf_AbCdEfGhIjKlMnOpQrSt", "hf_[redacted]"],
  ["0123456789abcdef0123456789abcdef.AbCdEfGh12345678", "[redacted]"],
  [jwt, "eyJ[redacted]"],
  [`cut: ${jwt.slice(0, 60)}`, "cut: eyJ[redacted]"],
  ["Authorization: Bearer abc123def456", "Authorization: Bearer [redacted]"],
  [
    "authorization: bearer 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
    "authorization: bearer [redacted]",
  ],
  [`Bearer ${jwt}`, "Bearer eyJ[redacted]"],
  ["Authorization: Basic dXNlcjpwYXNzMTIz", "Authorization: Basic [redacted]"],
  ["api-key: 0a1b2c3d4e5f", "api-key: [redacted]"],
  ["X-API-Key: 0a1b2c3d4e5f; next", "X-API-Key: [redacted]; next"],
  ["x-goog-api-key=0a1b2c3d4e5f", "x-goog-api-key=[redacted]"],
  ['{"api_key":"hunter","model":"m"}', '{"api_key":"[redacted]","model":"m"}'],
  ['{"apiKey": "two words"}', '{"apiKey": "[redacted]"}'],
  ["{'access_token': 'x'}", "{'access_token': '[redacted]'}"],
  [
    String.raw`{"body":"{\"api_key\":\"hunter\"}"}`,
    String.raw`{"body":"{\"api_key\":\"[redacted]\"}"}`,
  ],
  ["https://user:pa55@host/v1", "https://[redacted]@host/v1"],
  ["https://host/v1?a=1&key=abc&b=2", "https://host/v1?a=1&key=[redacted]&b=2"],
];
for (const [text, shown] of secrets) {
  Deno.test(`redact: ${text.slice(0, 40)} becomes ${shown}`, () => {
    assert.equal(redact(text), shown);
    assert.equal(redact(`said ${text}`), `said ${shown}`);
    assert.equal(redact(shown), shown, "twice is once");
  });
}

const ordinary = [
  "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  "msg_68a1b2c3d4e5f60718293a4b5c6d7e8f",
  "resp_0123456789abcdef0123456789abcdef",
  "call_AbCdEfGhIjKlMnOpQrSt1234",
  "rs_0123456789abcdef.fc_0123456789abcdef",
  "mimo-v2.5-pro deepseek-v4-flash kimi-k2.6 qwen3-max-2026-01-23 gpt-5.6-codex",
  "the task-12345678 and disk-0123456789 and http-12345678",
  "invalid api key: please check your account",
  "Bearer authentication is required",
  '{"max_tokens":128000,"total_tokens":12345678}',
  "input_tokens: 123456789",
  "api_key: env:MIMO_API_KEY",
  "https://api.xiaomimimo.com/v1/responses",
  "https://registry.npmjs.org/@scope/name@1.2.3",
  "sk-learn-is-a-library",
  "MiMo sent nothing for 3 m after 41 events",
];
for (const text of ordinary) {
  Deno.test(`redact: leaves ${text.slice(0, 50)}`, () => assert.equal(redact(text), text));
}

for (const piece of ["a", "sk-", "eyJ-", "://", "api-", "token", "bearer ", "x-", '"token":"']) {
  Deno.test(`redact: a long run of ${piece} costs no more than its length`, () => {
    const ms = worked(() => void redact(piece.repeat(60_000)));
    assert.ok(ms < 1_500, `${ms} ms of work`);
  });
}
