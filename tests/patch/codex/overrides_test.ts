import assert from "node:assert/strict";
import { overrides } from "../../../lib/patch/codex/overrides.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";

const FILE = "~/.codex/config.toml";
const text = `model_provider = "a"
[model_providers.a]
base_url = "https://a.example/v1"
stream_max_retries = 200
[model_providers.b-c]
base_url = "http://127.0.0.1:11434/v1"
`;

Deno.test("overrides: the provider in use goes through the port, and limits are raised, never lowered", () => {
  assert.deepEqual(overrides(text, 1234, FILE), {
    args: [
      ["-c", 'model_providers.a.base_url="http://127.0.0.1:1234/r/https/a.example/v1"'],
      ["-c", "model_providers.a.stream_idle_timeout_ms=3600000"],
      ["-c", "model_providers.a.request_max_retries=10"],
    ].flat(),
    origin: "https://a.example",
  });
});

Deno.test("overrides: a provider that the user's own -c chooses is the one in use", () => {
  for (const one of [text, `\ufeff${text.replace(/^.*\n/, "")}`]) {
    const { args, origin } = overrides(one, 1234, FILE, { id: "b-c" });
    assert.equal(
      args[1],
      'model_providers.b-c.base_url="http://127.0.0.1:1234/r/http/127.0.0.1:11434/v1"',
    );
    assert.equal(origin, "http://127.0.0.1:11434");
  }
});

Deno.test("overrides: settings that init has patched lead to the private port all the same", () => {
  const patched = text.replace("https://a.example", "http://127.0.0.1:8411/r/https/a.example");
  assert.deepEqual(overrides(patched, 1234, FILE), overrides(text, 1234, FILE));
});

Deno.test("overrides: a profile needs no settings at all", () => {
  const { args, origin } = overrides("", 1234, FILE, { profile: profileNamed("deepseek") });
  assert.deepEqual([args.length % 2, origin], [0, "https://api.deepseek.com"]);
  assert.ok(args.includes('model_providers.deepseek.env_key="DEEPSEEK_API_KEY"'));
  assert.ok(args.includes('model_provider="deepseek"'));
});

const refused: [name: string, text: string, says: RegExp][] = [
  ["nobody chosen", "", /^~\/\.codex\/config\.toml names no model_provider, so it uses OpenAI$/],
  [
    "an id that -c cannot name",
    `model_provider = "a.b"\n[model_providers."a.b"]\nbase_url = "https://a.example"\n`,
    /takes no -c for a provider called "a\.b"/,
  ],
  ["no TOML", "a = ", /config\.toml:1:\d+: this is not valid TOML/],
];
for (const [name, one, says] of refused) {
  Deno.test(`overrides: ${name} is refused`, () => {
    assert.throws(() => overrides(one, 1, FILE), { code: "bad_config", message: says });
  });
}
