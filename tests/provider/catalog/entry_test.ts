import assert from "node:assert/strict";
import {
  catalogEntries,
  catalogEntry,
  NEUTRAL_WINDOW,
} from "../../../lib/provider/catalog/entry.ts";
import { modelFacts } from "../../../lib/provider/catalog/facts.ts";
import { chatRulesFor } from "../../../lib/provider/chat_rules.ts";
import { GENERIC, profileNamed, PROFILES } from "../../../lib/provider/profiles.ts";

const facts = (name: string, id: string) => modelFacts(profileNamed(name) ?? assert.fail(name), id);
const efforts = (entry: Record<string, unknown>) =>
  (entry.supported_reasoning_levels as { effort: string }[]).map(({ effort }) => effort);

/** What any Codex from 0.110 to 0.169 misses where it is not there (measured; docs/facts/codex.md §2.4). */
const REQUIRED = [
  "slug",
  "display_name",
  "supported_reasoning_levels",
  "shell_type",
  "visibility",
  "supported_in_api",
  "priority",
  "support_verbosity",
  "truncation_policy",
  "experimental_supported_tools",
  "base_instructions",
  "supports_reasoning_summaries",
  "supports_parallel_tool_calls",
];
/** Efforts whose names every one of them knows. */
const OLD_EFFORTS = ["none", "minimal", "low", "medium", "high", "xhigh"];

Deno.test("catalog entry: every model of every row has what the oldest Codex needs, and nothing that it refuses", () => {
  const models = PROFILES.flatMap((profile) =>
    [profile.catalog, ...profile.catalog?.regions ?? []].flatMap((place) =>
      place?.models?.map(({ id }) => modelFacts(profile, id)) ?? []
    )
  );
  assert.ok(models.length > 25);
  for (const entry of catalogEntries([...models, facts("generic", "acme-1")], {})) {
    const name = String(entry.slug);
    for (const key of REQUIRED) assert.ok(key in entry, `${name} has no ${key}`);
    assert.deepEqual(efforts(entry).filter((effort) => !OLD_EFFORTS.includes(effort)), [], name);
    const { default_reasoning_level: normal, input_modalities: input } = entry;
    assert.ok(normal === undefined || efforts(entry).includes(String(normal)), name);
    assert.equal(normal === undefined, efforts(entry).length === 0, name);
    assert.ok(["text", "text,image"].includes(String(input)), name);
    assert.equal(entry.apply_patch_tool_type, "freeform");
    assert.deepEqual(Object.values(entry).filter((value) => value === null), [], name);
  }
});

const ladders: [version: string | undefined, efforts: string[]][] = [
  [undefined, ["low", "high"]],
  ["0.110.0", ["low", "high"]],
  ["0.128.0", ["low", "high"]],
  ["0.142.0", ["low", "high", "max"]],
  ["0.169.0", ["low", "high", "max"]],
  ["nonsense", ["low", "high"]],
];
for (const [codex, expected] of ladders) {
  Deno.test(`catalog entry: Codex ${codex} is offered the efforts whose names it knows`, () => {
    const entry = catalogEntry(facts("deepseek", "deepseek-flash"), { priority: 1, codex });
    assert.deepEqual(efforts(entry), expected);
  });
}

Deno.test("catalog entry: what nobody knows is neutral, and no limit", () => {
  const entry = catalogEntry(facts("generic", "acme-1"), { priority: 3 });
  assert.deepEqual(
    [entry.context_window, entry.max_context_window, entry.input_modalities, entry.priority],
    [NEUTRAL_WINDOW, undefined, ["text", "image"], 3],
  );
  assert.deepEqual(efforts(entry), ["low", "medium", "high"]);
  const row = catalogEntry(facts("glm", "glm-5.3"), { priority: 1 });
  assert.deepEqual(
    [row.context_window, row.max_context_window, row.input_modalities],
    [1_000_000, 1_000_000, ["text"]],
  );
});

Deno.test("catalog entry: the reviewer is the model itself under the name that requests use, or the one that is given", () => {
  const model = facts("mimo", "mimo-v2.6-pro");
  const named = catalogEntry(model, { priority: 1, slug: "two/mimo-v2.6-pro" });
  assert.deepEqual(
    [named.slug, named.auto_review_model_override],
    Array(2).fill("two/mimo-v2.6-pro"),
  );
  const other = catalogEntry(model, { priority: 1, reviewer: "mimo-v2.6-flash" });
  assert.equal(other.auto_review_model_override, "mimo-v2.6-flash");
});

const seen: [provider: string, id: string, images: boolean | undefined][] = [
  ["mimo", "mimo-v2.6-pro", true],
  ["mimo", "xiaomi/MiMo-V2.6-Flash", true],
  ["mimo", "mimo-v2.5-pro", false],
  ["mimo", "mimo-v9-pro", true],
  ["deepseek", "deepseek-flash", true],
  ["deepseek", "deepseek-v3", false],
  ["glm", "glm-5.3-flash", true],
  ["glm", "glm-5.3", false],
  ["minimax", "MiniMax-M3", true],
  ["kimi", "k3", true],
  ["generic", "acme-1", undefined],
  ["ollama", "qwen3:8b", undefined],
];
for (const [provider, id, images] of seen) {
  Deno.test(`model facts: ${provider} ${id} sees images: ${images}`, () => {
    assert.equal(facts(provider, id).images, images);
    assert.equal(modelFacts(GENERIC, id, { id, images: true }).images, true);
  });
}

Deno.test("model facts: a row's models and the rules of its Chat wire agree about images", () => {
  for (const { name, chat, catalog } of PROFILES) {
    for (const place of [catalog, ...catalog?.regions ?? []]) {
      for (const { id, images } of place?.models ?? []) {
        assert.equal(chatRulesFor(chat, id).images, images, `${name} ${id}`);
      }
    }
  }
});

Deno.test("model facts: what the provider says wins over its row", () => {
  const profile = profileNamed("glm") ?? assert.fail();
  const listed = { id: "glm-5.3", window: 5, images: true, efforts: ["none"] as const, title: "X" };
  assert.deepEqual(modelFacts(profile, "glm-5.3", listed), {
    id: "glm-5.3",
    title: "GLM 5.3",
    window: 5,
    images: true,
    efforts: ["none"],
  });
});
