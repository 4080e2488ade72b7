import assert from "node:assert/strict";
import { hideKeys, showDiff } from "../../lib/patch/diff.ts";

const hidden: [text: string, shown: string][] = [
  ['experimental_bearer_token = "abc"', 'experimental_bearer_token = "…"'],
  ["experimental_bearer_token = 'abc'", "experimental_bearer_token = '…'"],
  ['"OPENAI_API_KEY": "abc",', '"OPENAI_API_KEY": "…",'],
  ['"auth": "{\\"OPENAI_API_KEY\\":\\"abc\\"}"', '"auth": "{\\"OPENAI_API_KEY\\":\\"…\\"}"'],
  ['http_headers = { "X-A" = "abc", b = "d" }', 'http_headers = { "X-A" = "…", b = "…" }'],
  [
    '[model_providers.a.http_headers]\nX = "abc"\n[b]\ny = "z"',
    '[model_providers.a.http_headers]\nX = "…"\n[b]\ny = "z"',
  ],
  ['query_params = { v = "abc" }', 'query_params = { v = "…" }'],
  ['env_http_headers = { "X-A" = "MY_VAR" }', 'env_http_headers = { "X-A" = "MY_VAR" }'],
  ['env_key = "MIMO_API_KEY"', 'env_key = "MIMO_API_KEY"'],
  ['env_key = "my_key"', 'env_key = "my_key"'],
  ['env_key = "OPENAI_API_KEY2" # x', 'env_key = "OPENAI_API_KEY2" # x'],
  ['env_key = "$MIMO_API_KEY"', 'env_key = "…"'],
  ['env_key = "a-b"', 'env_key = "…"'],
  ['env_key = "9abc"', 'env_key = "…"'],
  ['env_key = "Zx9.abc"', 'env_key = "…"'],
  ["env_key = 'my secret'", "env_key = '…'"],
  ['env_key = """\nabc def"""', 'env_key = "…"'],
  ['env_key = "0123456789abcdef0123456789abcdef"', 'env_key = "…"'],
  ['env_key = "abcdef0123456789abcdef0123456789"', 'env_key = "…"'],
  ['env_key = "ms_ABCDEF0123456789abcdef"', 'env_key = "…"'],
  [`env_key = "A${"B".repeat(80)}"`, 'env_key = "…"'],
  ['env_key = ["a b"]', 'env_key = "…"'],
  [
    '[model_providers.x]\nenv_key = "a b"\nname = "a b"',
    '[model_providers.x]\nenv_key = "…"\nname = "a b"',
  ],
  [
    'model_providers.x = { env_key = "a b", name = "a b" }',
    'model_providers.x = { env_key = "…", name = "a b" }',
  ],
  ['"env\\u005fkey" = "a b"', '"env\\u005fkey" = "…"'],
  // A text that is no TOML, and one inside JSON
  ['= broken\nenv_key = "a b"', '= broken\nenv_key = "…"'],
  [
    '"config": "env_key = \\"a b\\"\\nname = \\"a b\\""',
    '"config": "env_key = \\"…\\"\\nname = \\"a b\\""',
  ],
  ['"config": "env_key = \\"MIMO_API_KEY\\""', '"config": "env_key = \\"MIMO_API_KEY\\""'],
  [
    'env_http_headers = { "X-A" = "a b", "X-B" = "B" }',
    'env_http_headers = { "X-A" = "…", "X-B" = "B" }',
  ],
  [
    '[a.env_http_headers]\nX = "a b"\n[b]\ny = "a b"',
    '[a.env_http_headers]\nX = "…"\n[b]\ny = "a b"',
  ],
  [
    '= broken\n[a.env_http_headers]\nX = "a b"\n[b]\ny = "a b"',
    '= broken\n[a.env_http_headers]\nX = "…"\n[b]\ny = "a b"',
  ],
  ['env_key_instructions = "Ask Bob"', 'env_key_instructions = "Ask Bob"'],
  ['env_key = "sk-abcdefgh12345678"', 'env_key = "…"'],
  ['env_key = "a1b2c3d4e5f60718293a4b5c6d7e8f90"', 'env_key = "…"'],
  ['env_key = "plain words, no name"', 'env_key = "…"'],
  ['base_url = "https://a.example/v1"', 'base_url = "https://a.example/v1"'],
  ['base_url = "https://a.example/v1?k=abc"', 'base_url = "https://a.example/v1?…"'],
  ['base_url = "https:\\u002f/u:abc@a.example/v1"', 'base_url = "…"'],
  ['a.http_headers.X = "abc"', 'a.http_headers.X = "…"'],
  ['a = { "http_headers" = { X = "abc" }, n = 1 }', 'a = { "http_headers" = { X = "…" }, n = 1 }'],
  ["[a.'http_headers']\nX = 'abc'", "[a.'http_headers']\nX = '…'"],
  ['experimental_bearer_token = """\nabc"""', 'experimental_bearer_token = "…"'],
  ['"experimental_bearer\\u005ftoken" = "abc"', '"experimental_bearer\\u005ftoken" = "…"'],
  ['[mcp_servers.x]\nargs = ["--key", "abc"]', '[mcp_servers.x]\nargs = "…"'],
  ['[mcp_servers.x.env]\nA = "abc"', '[mcp_servers.x.env]\nA = "…"'],
  ["model_auto_compact_token_limit = 5", "model_auto_compact_token_limit = 5"],
];
for (const [text, shown] of hidden) {
  Deno.test(`diff: of ${JSON.stringify(text)} no key is shown`, () =>
    assert.equal(hideKeys(text), shown));
}

Deno.test("diff: a key by its form is hidden wherever it stands", () => {
  assert.doesNotMatch(hideKeys('x = "sk-abcdefgh12345678" # tp-abcdefgh12345678'), /abcdefgh/);
});

Deno.test("diff: texts side by side, line by line, with colour only where asked for", () => {
  const previews = [{
    title: "~/a",
    before: 'x = 1\r\nk = "a"\r\n',
    after: 'x = 1\r\nk = "b"\r\n',
  }];
  assert.equal(showDiff(previews, false), '~/a\n  line 1\n   x = 1\n  -k = "a"\n  +k = "b"\n');
  assert.ok(showDiff(previews, true).includes('\u001b[31m  -k = "a"\u001b[39m'));
});
