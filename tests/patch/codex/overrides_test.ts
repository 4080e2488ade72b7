import assert from "node:assert/strict";
import { USUAL_FRONTS } from "../../../lib/base/front_proxies.ts";
import { flagsLayer } from "../../../lib/patch/codex/flags/arguments.ts";
import type { Layer } from "../../../lib/patch/codex/layers/layers.ts";
import { overrides } from "../../../lib/patch/codex/flags/overrides.ts";
import { readToml } from "../../../lib/patch/text/toml_doc.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";

const FILE = "~/.codex/config.toml";
const FACTS = { port: 1234, fronts: USUAL_FRONTS, login: false, taken: false };
const text = `model_provider = "a"
[model_providers.a]
base_url = "https://a.example/v1"
stream_max_retries = 200
[model_providers.b-c]
base_url = "http://127.0.0.1:11434/v1"
`;

function layer(kind: Layer["kind"], name: string, toml: string): Layer {
  return { kind, name, path: name, value: readToml(toml, name).value };
}

function home(toml: string): Layer[] {
  return [layer("home", FILE, toml)];
}

Deno.test("overrides: the provider in use goes through the port, and limits are raised, never lowered", () => {
  assert.deepEqual(overrides(home(text), FACTS, FILE), {
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
    const layers = [...home(one), flagsLayer(["model_provider=b-c"])];
    const { args, origin } = overrides(layers, FACTS, FILE);
    assert.equal(
      args[1],
      'model_providers.b-c.base_url="http://127.0.0.1:1234/r/http/127.0.0.1:11434/v1"',
    );
    assert.equal(origin, "http://127.0.0.1:11434");
  }
});

Deno.test("overrides: settings that init has patched lead to the private port all the same", () => {
  const patched = text.replace("https://a.example", "http://127.0.0.1:8411/r/https/a.example");
  assert.deepEqual(overrides(home(patched), FACTS, FILE), overrides(home(text), FACTS, FILE));
});

Deno.test("overrides: a profile needs no settings at all", () => {
  const { args, origin } = overrides([], FACTS, FILE, { profile: profileNamed("deepseek") });
  assert.deepEqual([args.length % 2, origin], [0, "https://api.deepseek.com"]);
  assert.ok(args.includes('model_providers.deepseek.env_key="DEEPSEEK_API_KEY"'));
  assert.ok(args.includes('model_provider="deepseek"'));
});

Deno.test("overrides: a URL of the built-in provider gets a provider with the same key", () => {
  const { args } = overrides(home('openai_base_url = "https://gw.example/v1"'), FACTS, FILE, {
    envHeaders: { "x-token": "VAR" },
  });
  assert.ok(args.includes('model_provider="openai-through-sidecar"'));
  assert.ok(args.includes("model_providers.openai-through-sidecar.requires_openai_auth=true"));
  assert.ok(
    args.includes(
      'model_providers.openai-through-sidecar.base_url="http://127.0.0.1:1234/r/https/gw.example/v1"',
    ),
  );
});

const MANAGED = "/etc/codex/managed_config.toml";
const refused: [name: string, layers: Layer[], says: RegExp, provider?: string][] = [
  [
    "nobody chosen",
    home(""),
    /^~\/\.codex\/config\.toml names no model_provider, so it uses OpenAI$/,
  ],
  [
    "an id that -c cannot name",
    home(`model_provider = "a.b"\n[model_providers."a.b"]\nbase_url = "https://a.example"\n`),
    /takes no -c for a provider called "a\.b"/,
  ],
  [
    "a URL that an administrator set",
    [
      ...home(text),
      layer("managed", MANAGED, '[model_providers.a]\nbase_url = "https://m.example/v1"'),
    ],
    /a goes to https:\/\/m\.example\/v1 by \/etc\/codex\/managed_config\.toml/,
  ],
  [
    "a provider of --provider under an administrator's choice",
    [...home(text), layer("managed", MANAGED, 'model_provider = "a"')],
    /^\/etc\/codex\/managed_config\.toml decides which provider Codex asks/,
    "deepseek",
  ],
  [
    "the built-in provider's URL under an administrator's choice",
    [
      ...home('openai_base_url = "https://gw.example/v1"'),
      layer("managed", MANAGED, 'model_provider = "openai"'),
    ],
    /^\/etc\/codex\/managed_config\.toml decides which provider Codex asks/,
  ],
];
for (const [name, layers, says, provider] of refused) {
  Deno.test(`overrides: ${name} is refused`, () => {
    const profile = provider === undefined ? undefined : profileNamed(provider);
    assert.throws(() => overrides(layers, FACTS, FILE, { profile }), {
      code: "bad_config",
      message: says,
    });
  });
}
