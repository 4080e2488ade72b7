import assert from "node:assert/strict";
import { isSecretHeader, isSecretName, isSecretQuery } from "../../../lib/base/secrets/forms.ts";
import { maskSecrets } from "../../../lib/base/secrets/secrets.ts";

/** Random characters of one alphabet, the same in every run; nothing in the file is a key of anybody's. */
function made(alphabet: string, length: number, seed = 7): string {
  let state = seed;
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return alphabet[Math.floor(state / 65_536) % alphabet.length];
  }).join("");
}
const HEX = "0123456789abcdef";
const LOWER = "abcdefghijklmnopqrstuvwxyz0123456789";
const WORD = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER}`;
const URL64 = `${WORD}-_`;

/** Keys by vendor: what stays of each, and the secret. */
const keys: readonly (readonly [vendor: string, prefix: string, secret: string])[] = [
  ["MiMo token plan", "tp-", made(LOWER, 48)],
  ["MiMo", "sk-", made(LOWER, 48, 2)],
  ["DeepSeek", "sk-", made(HEX, 32)],
  ["Moonshot", "sk-", made(WORD, 48)],
  ["Kimi for coding", "sk-", `kimi-${made(WORD, 40)}`],
  ["GLM", "", `${made(HEX, 32)}.${made(WORD, 16)}`],
  ["Qwen", "sk-", `sp-${made(HEX, 32)}`],
  ["MiniMax JWT", "eyJ", `hbGciOiJSUzI1NiJ9.eyJ${made(URL64, 60)}.${made(URL64, 86)}`],
  ["MiniMax coding plan", "sk-", `cp-${made(URL64, 80)}`],
  ["OpenRouter", "sk-", `or-v1-${made(HEX, 64)}`],
  ["OpenAI project", "sk-", `proj-${made(URL64, 120)}`],
  ["OpenAI session", "sess-", made(WORD, 40)],
  ["Anthropic", "sk-", `ant-api03-${made(URL64, 93)}AA`],
  ["Google", "AIza", `Sy${made(URL64, 33)}`],
  ["Google OAuth", "ya29.", `a0${made(URL64, 60)}`],
  ["AWS access key", "AKIA", made("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)],
  ["AWS session", "ASIA", made("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16)],
  ["GitHub", "ghp_", made(WORD, 36)],
  ["GitHub app", "ghs_", made(WORD, 36)],
  ["GitHub fine-grained", "github_pat_", `${made(WORD, 22)}_${made(WORD, 59)}`],
  ["GitLab", "glpat-", made(URL64, 20, 3)],
  ["Slack", "xoxb-", `${made("0123456789", 12)}-${made("0123456789", 13)}-${made(WORD, 24)}`],
  ["Hugging Face", "hf_", made(WORD, 34)],
  ["NVIDIA", "nvapi-", made(URL64, 64)],
  ["Perplexity", "pplx-", made(WORD, 48)],
  ["Groq", "gsk_", made(WORD, 52)],
  ["xAI", "xai-", made(WORD, 80)],
  ["Tencent Cloud", "AKID", made(WORD, 32)],
  ["Volcengine", "AKLT", made(WORD, 44)],
  ["Alibaba Cloud", "LTAI", made(WORD, 20)],
  ["Baidu", "bce-v3/", `ALTAK-${made(WORD, 21)}/${made(HEX, 40)}`],
  ["SiliconFlow", "sk-", made("abcdefghijklmnopqrstuvwxyz", 48)],
  ["ModelScope", "ms-", "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d"],
  ["Stripe", "sk_", `live_${made(WORD, 24)}`],
  ["Together", "tgp_v1_", made(URL64, 43)],
  ["Fireworks", "fw_", made(WORD, 22)],
  ["Replicate", "r8_", made(WORD, 37)],
  ["Tavily", "tvly-", `dev-${made(WORD, 32)}`],
  ["npm", "npm_", made(WORD, 36)],
  ["Cerebras", "csk-", made(LOWER, 48)],
];

const around: readonly (readonly [string, string])[] = [
  ["", ""],
  ["Incorrect API key provided: ", ". You can find yours in the console"],
  ['{"error":{"message":"bad key ', '"}}'],
  [String.raw`{\"message\":\"no\n`, String.raw`\"}`],
  ["https://gateway.example/v1/", "/chat?x=1"],
  ["密钥", "无效"],
  ["\x1b[31m", "\x1b[39m"],
];
for (const [vendor, prefix, secret] of keys) {
  Deno.test(`secrets: a key of ${vendor} keeps only its prefix, wherever it is`, () => {
    for (const [before, after] of around) {
      const masked = maskSecrets(before + prefix + secret + after);
      assert.equal(masked, `${before}${prefix}…${after}`);
      assert.equal(maskSecrets(masked), masked, "twice is once");
    }
  });
  Deno.test(`secrets: of a key of ${vendor} that a limit cuts, nothing is left`, () => {
    const text = `refused ${prefix}${secret}`;
    for (let max = 8 + prefix.length + 1; max < text.length; max++) {
      assert.equal(maskSecrets(text, [], { max }), `refused ${prefix}…`, `cut at ${max}`);
    }
  });
}

const uuid = "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d";
const azure = made(HEX, 32, 9);
const aws = made(`${WORD}+/`, 40);
/** Keys that only their context tells from ids. */
const named: readonly string[] = [
  `Authorization: Bearer ${uuid}`,
  `authorization: Basic ${btoa("user:pa55word")}`,
  `Proxy-Authorization: Basic ${btoa("user:pa55word")}`,
  `api-key: ${azure}`,
  `X-API-Key: ${uuid}`,
  `x-goog-api-key=${azure}`,
  `Ocp-Apim-Subscription-Key: ${azure}`,
  `"ocp-apim-subscription-key":"${azure}"`,
  `x-auth-token: ${azure}`,
  `x-auth-request-access-token: ${azure}`,
  `Cookie: sid=${azure}; theme=dark`,
  `set-cookie: session=${azure}; HttpOnly`,
  `key: ${azure}`,
  `{"api_key":"${uuid}"}`,
  `{'apiKey': '${uuid}'}`,
  `{"headers":[["authorization","Bearer ${uuid}"]]}`,
  String.raw`{\"api_key\":\"${uuid}\"}`,
  String.raw`{\\\"api_key\\\":\\\"${uuid}\\\"}`,
  `aws_secret_access_key = ${aws}`,
  `api_key=${uuid}&model=m`,
  `https://h.example/v1?key=${uuid}&alt=sse`,
  `https://h.example/v1?a=1&api_key=${azure}`,
  `wss://h.example/v1?access_token=${uuid}`,
  `https://h.example/v1?token=${azure}#x`,
  `https://s.example/o?X-Amz-Signature=${azure}&X-Amz-Credential=${azure}`,
  `https://user:${azure}@h.example/v1`,
  String.raw`https:\/\/user:${azure}@h.example\/v1`,
  `https%3A%2F%2Fuser%3A${azure}%40h.example`,
  `API key：${uuid}`,
  `密钥: ${uuid}`,
  `-----BEGIN RSA PRIVATE KEY-----\n${aws}\n${uuid}\n-----END RSA PRIVATE KEY-----`,
  `-----BEGIN PRIVATE KEY-----\\n${aws}${azure}${uuid}`,
  `password=${azure}`,
  `client_secret: "${uuid}"`,
];
for (const text of named) {
  Deno.test(`secrets: nothing is left of the key in ${text.slice(0, 60)}`, () => {
    const masked = maskSecrets(text);
    for (const secret of [uuid, azure, aws, btoa("user:pa55word")]) {
      for (let at = 0; at + 8 <= secret.length; at++) {
        assert.ok(!masked.includes(secret.slice(at, at + 8)), masked);
      }
    }
    assert.equal(maskSecrets(masked), masked, "twice is once");
  });
}

const ordinary: readonly string[] = [
  `request id ${uuid}`,
  `req_${made(HEX, 32)} and chatcmpl-${made(WORD, 24)}`,
  "sk-learn, scikit-learn and sk-learn-contrib-2",
  "/home/me/project/sk-utils/index.ts:12 and C:\\src\\pk-tools\\main.rs",
  "gpt-5.6-terra deepseek-v4-pro mimo-v2.6-flash qwen3-max-2026-01-23 kimi-k2.6 claude-opus-4-5-20251101",
  "the task-0a1b2c3d4e5f and disk-1234567890 and risk-free-2026-plan",
  `sha256:${made(HEX, 64)}`,
  `commit ${made(HEX, 40)} of https://github.com/o/r/commit/${made(HEX, 40)}`,
  "a well-known, hyphen-ated, state-of-the-art sentence",
  "tp-link-archer-c7 is a router, ak-47 is none",
  "pk_model_id, sk_buff_head, hf_hub_download, npm_config_registry, fw_version_2",
  '{"max_tokens":128000,"prompt_cache_key":"thread-1234567890","finish_reason":"stop"}',
  "input_tokens: 123456789, key: value, primary_key=12345678",
  "invalid api key: please check your account",
  "API key is missing; Bearer authentication is required",
  "api_key: env:MIMO_API_KEY",
  "https://registry.npmjs.org/@scope/name@1.2.3 and ssh://host/~user",
  "eyJ is how base64 of JSON begins",
  "您的密钥无效，请检查",
  "mail to someone@example.com // and @decorators",
  "100% of 5%20 is %zz",
];
for (const text of ordinary) {
  Deno.test(`secrets: leaves ${text.slice(0, 60)}`, () => assert.equal(maskSecrets(text), text));
}

Deno.test("secrets: names of headers, fields and parameters that hold a key, and names that do not", () => {
  const headers =
    "authorization Proxy-Authorization x-api-key api-key X-Goog-Api-Key ocp-apim-subscription-key x-auth-token x-auth-key cookie set-cookie " +
    "x-sidecar-token x-amz-security-token private-token x-functions-key x-portkey-api-key";
  for (const name of headers.split(" ")) assert.ok(isSecretHeader(name), name);
  for (
    const name of "content-type x-request-id etag x-ratelimit-remaining-tokens accept".split(" ")
  ) {
    assert.ok(!isSecretHeader(name), name);
  }
  for (const name of ["apiKey", "access_token", "password", "client_secret"]) {
    assert.ok(isSecretName(name), name);
  }
  for (const name of ["max_tokens", "prompt_cache_key", "total_tokens", "keys"]) {
    assert.ok(!isSecretName(name), name);
  }
  for (const name of ["key", "api_key", "token", "sig", "X-Amz-Signature", "subscription-key"]) {
    assert.ok(isSecretQuery(name), name);
  }
  for (const name of ["alt", "client_version", "api-version", "limit"]) {
    assert.ok(!isSecretQuery(name), name);
  }
});
