import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { asFailure } from "../../../lib/base/errors.ts";
import { addProvider } from "../../../lib/patch/codex/provider.ts";
import { patchCodexToml, type TomlPatch } from "../../../lib/patch/codex/toml.ts";
import { revertCodexToml } from "../../../lib/patch/codex/toml_revert.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";

const FILE = "/h/.codex/config.toml";
const RELAY = "http://127.0.0.1:8411/r/https/api.moonshot.cn/v1";

function add(text: string): TomlPatch {
  const profile = profileNamed("kimi");
  assert.ok(profile);
  const baseUrl = "https://api.moonshot.cn/v1";
  return addProvider(text, { profile, baseUrl, catalogFile: "/c.json", port: 8411 }, FILE);
}

const refused: [what: string, text: string, message: string][] = [
  [
    "a table without a URL",
    '[model_providers.kimi]\nname = "K"\n',
    `${FILE}: kimi has no base_url that the sidecar could stand for`,
  ],
  [
    "an empty table",
    "[model_providers.kimi]\n",
    `${FILE}: kimi has no base_url that the sidecar could stand for`,
  ],
  [
    "a table whose URL holds a password",
    '[model_providers.kimi]\nbase_url = "https://u:secret@h.example/v1"\n',
    `${FILE}: kimi has no base_url that the sidecar could stand for`,
  ],
  [
    "a table in the place of a value",
    '[web_search]\nmode = "live"\n',
    `${FILE} holds web_search as a table, and Codex takes a value`,
  ],
  [
    "braces in the place of a value",
    'web_search = { mode = "live" }\n',
    `${FILE} holds web_search as a table, and Codex takes a value`,
  ],
  [
    "all providers in braces",
    'model_providers = { a = { base_url = "https://a.example" } }\n',
    `${FILE} holds model_providers as { … }, which takes no table`,
  ],
  [
    "no providers in braces",
    "model_providers = {}\n",
    `${FILE} holds model_providers as { … }, which takes no table`,
  ],
];
for (const [what, text, message] of refused) {
  Deno.test(`codex_provider: ${what} is reported as what it is`, () => {
    assert.throws(() => add(text), (error) => {
      const { code, message: actual } = asFailure(error);
      assert.deepEqual([code, actual], ["bad_config", message]);
      return true;
    });
  });
}

const taken: [what: string, text: string, url: string][] = [
  ["one provider in braces, under its header", '[model_providers]\na = { name = "A" }\n', RELAY],
  [
    "a table that leads to the sidecar already",
    '[model_providers.kimi]\nbase_url = "http://127.0.0.1:8411/u/kimi/v1"\n',
    "http://127.0.0.1:8411/u/kimi/v1",
  ],
  [
    "a table that leads to a front proxy",
    '[model_providers.kimi]\nbase_url = "http://127.0.0.1:15721/v1"\n',
    "http://127.0.0.1:15721/v1",
  ],
];
for (const [what, text, url] of taken) {
  Deno.test(`codex_provider: ${what} is no obstacle`, () => {
    const { text: patched, edits, provider, left } = add(text);
    const { model_provider: id, model_providers: all } = parse(patched) as {
      model_provider: string;
      model_providers: Record<string, { base_url: string }>;
    };
    assert.deepEqual([id, all.kimi?.base_url, left], ["kimi", url, undefined]);
    assert.equal(provider?.id, "kimi");
    assert.equal(revertCodexToml(patched, edits, FILE).text, text);
  });
}

for (const odd of ["stream_max_retries = { a = 1 }", "stream_max_retries.a = 1"]) {
  Deno.test(`codex_provider: the limit ${odd} is left as it is`, () => {
    const url = "https://a.example/v1";
    const text = `model_provider = "a"\n[model_providers.a]\nbase_url = "${url}"\n${odd}\n`;
    const { text: patched, edits } = patchCodexToml(text, 8411, FILE);
    assert.ok(
      patched.includes(`${odd}\n`) && patched.includes("request_max_retries = 10\n"),
      patched,
    );
    assert.equal(revertCodexToml(patched, edits, FILE).text, text);
  });
}
