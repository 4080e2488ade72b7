import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { asFailure } from "../../../lib/base/errors.ts";
import { addProvider } from "../../../lib/patch/codex/provider.ts";
import { type ModelOffer, rowOffer } from "../../../lib/patch/codex/model_offer.ts";
import { patchCodexToml } from "../../../lib/patch/codex/toml.ts";
import { revertCodexToml } from "../../../lib/patch/codex/toml_revert.ts";
import { modelFacts } from "../../../lib/provider/catalog/facts.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";

const FILE = "/h/.codex/config.toml";
const RELAY = "http://127.0.0.1:8411/r/https/api.moonshot.cn/v1";

function add(text: string, found: Partial<ModelOffer> = {}) {
  const profile = profileNamed("kimi") ?? assert.fail();
  const baseUrl = "https://api.moonshot.cn/v1";
  const offer = { ...rowOffer(profile, baseUrl), ...found };
  return addProvider(text, { profile, baseUrl, catalogFile: "/c.json", port: 8411, offer }, FILE);
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
    `${FILE}: kimi cannot go through the sidecar, because its base_url holds a user name or a password, which belongs into a header`,
  ],
  [
    "a table in the place of a value",
    '[model]\nname = "k"\n',
    `${FILE} holds model as a table, and Codex takes a value`,
  ],
  [
    "braces in the place of a value",
    'model = { name = "k" }\n',
    `${FILE} holds model as a table, and Codex takes a value`,
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

Deno.test("codex_provider: Codex may search the web by its own endpoint, and the user's choice about it stays", () => {
  for (const choice of [undefined, "disabled", "live", { mode: "live" }]) {
    const before = choice === undefined ? "" : `web_search = ${toml(choice)}\n`;
    const after = parse(add(before).text);
    assert.equal(JSON.stringify(after.web_search), JSON.stringify(choice));
    const { kimi } = after.model_providers as Record<string, Record<string, unknown>>;
    assert.equal(kimi?.supports_standalone_web_search, true);
  }
});

function toml(value: string | { mode: string }): string {
  return typeof value === "string" ? `"${value}"` : `{ mode = "${value.mode}" }`;
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

const LIST = `${RELAY}/models`;
const OWN_TABLE = `model_provider = "kimi"
model = "kimi-k2.7-code"

[model_providers.kimi]
name = "K"
base_url = "https://api.moonshot.cn/v1"
`;
const lists: [what: string, text: string, codex: string | undefined, holds: unknown][] = [
  ["a Codex that asks gets the address", "", "0.169.0", [undefined, LIST, "url"]],
  ["the first version that asks", "", "0.164.0", [undefined, LIST, "url"]],
  ["one that knows the setting and does not ask", "", "0.160.0", ["/c.json", undefined, "file"]],
  ["an old one gets a file", "", "0.110.0", ["/c.json", undefined, "file"]],
  ["one whose version is not known gets a file", "", undefined, ["/c.json", undefined, "file"]],
  ["a table of the user's own gets the address", OWN_TABLE, "0.169.0", [undefined, LIST, "url"]],
  [
    "an address of another port is led here",
    `${OWN_TABLE}model_catalog_url = "${LIST.replace("8411", "9000")}"\n`,
    "0.169.0",
    [undefined, LIST, "url"],
  ],
  [
    "the user's own file stays",
    `model_catalog_json = "/mine.json"\n${OWN_TABLE}`,
    "0.169.0",
    ["/mine.json", undefined, "own"],
  ],
  [
    "the user's own address stays",
    `${OWN_TABLE}model_catalog_url = "https://mine.example/models"\n`,
    "0.169.0",
    [undefined, "https://mine.example/models", "own"],
  ],
  [
    "behind a front proxy there is a file",
    OWN_TABLE.replace("https://api.moonshot.cn", "http://127.0.0.1:15721"),
    "0.169.0",
    ["/c.json", undefined, "file"],
  ],
];
for (const [what, text, codex, holds] of lists) {
  Deno.test(`codex_provider: list of models: ${what}, and undo is exact`, () => {
    const { text: patched, edits, catalog } = add(text, { codex });
    const read = parse(patched) as {
      model_catalog_json?: string;
      model_providers: { kimi: { model_catalog_url?: string } };
    };
    const { model_catalog_url: url } = read.model_providers.kimi;
    assert.deepEqual([read.model_catalog_json, url, catalog], holds);
    const back = text.replace(/^model_catalog_url = ".*9000.*\n/m, "");
    assert.equal(revertCodexToml(patched, edits, FILE).text, back);
    // Without the list of changes nothing of the sidecar's address stays
    assert.ok(!revertCodexToml(patched, [], FILE).text.includes("/r/https/"));
    assert.deepEqual(add(patched, { codex }).edits, []);
  });
}

const models: [what: string, text: string, found: Partial<ModelOffer>, model: string][] = [
  ["the first one", "", {}, "kimi-k3"],
  ["the chosen one", "", { chosen: "kimi-k2.7-code" }, "kimi-k2.7-code"],
  ["the one that is there, where it is offered", OWN_TABLE, {}, "kimi-k2.7-code"],
  ["the chosen one all the same", OWN_TABLE, { chosen: "kimi-k3" }, "kimi-k3"],
  [
    "the first one, where the one that is there is not offered",
    OWN_TABLE.replace("k2.7-code", "k1"),
    {},
    "kimi-k3",
  ],
  [
    "the first one, where the one that is there is another provider's",
    OWN_TABLE.replace('model_provider = "kimi"', 'model_provider = "other"'),
    {},
    "kimi-k3",
  ],
];
for (const [what, text, found, model] of models) {
  Deno.test(`codex_provider: the model is ${what}`, () => {
    const { text: patched, edits } = add(text, found);
    assert.equal(parse(patched).model, model);
    assert.equal(revertCodexToml(patched, edits, FILE).text, text);
  });
}

Deno.test("codex_provider: a server on this machine gets an id that Codex does not reserve, no key, and its own models", () => {
  const profile = profileNamed("ollama") ?? assert.fail();
  const baseUrl = profile.catalog?.baseUrl ?? assert.fail();
  const choice = { profile, baseUrl, catalogFile: "/c.json", port: 8411 };
  const offer = { models: [modelFacts(profile, "qwen3-coder:30b")], codex: "0.169.0" };
  const { text, edits } = addProvider("", { ...choice, offer }, FILE);
  const read = parse(text) as Record<string, Record<string, unknown>>;
  assert.deepEqual([read.model_provider, read.model], ["local-ollama", "qwen3-coder:30b"]);
  assert.deepEqual(read.model_context_window, undefined);
  assert.deepEqual({ ...read.model_providers?.["local-ollama"] as object }, {
    name: "Ollama",
    base_url: "http://127.0.0.1:8411/r/http/127.0.0.1:11434/v1",
    stream_idle_timeout_ms: 3_600_000,
    stream_max_retries: 100,
    request_max_retries: 10,
    supports_standalone_web_search: true,
    wire_api: "responses",
    model_catalog_url: "http://127.0.0.1:8411/r/http/127.0.0.1:11434/v1/models",
  });
  assert.equal(revertCodexToml(text, edits, FILE).text, "");
  assert.throws(() => addProvider("", { ...choice, offer: { models: [] } }, FILE), /No model of/);
});
