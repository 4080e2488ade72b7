/**
 * An entry of Codex's list of models, and the list: one pure function of a model's facts, for the file that `init` writes and
 * for `GET models?client_version=…`.
 *
 * An entry loads in every Codex from 0.110 to 0.169 (docs/facts/codex.md §2.4): one field that a version misses, or one value
 * that it does not know, and that version does not start. What differs by version is decided here by the version that asks.
 *
 * @module
 */

import type { Json, JsonObject } from "../../base/json.ts";
import { compareVersions, parseVersion } from "../../base/version/semver.ts";
import type { Effort } from "../profile.ts";
import type { ModelFacts } from "./facts.ts";
import { INSTRUCTIONS } from "./instructions.ts";

/** What an entry depends on besides the model. */
export interface EntryOptions {
  /** Its place in the list, from 1 on. */
  readonly priority: number;
  /** The name under which requests ask for it. @default the model's own id */
  readonly slug?: string | undefined;
  /** The version of the Codex that reads it: `0.169.0`. @default not known: the entry loads in every version */
  readonly codex?: string | undefined;
  /** The model that answers Codex's approval reviews. @default the model itself */
  readonly reviewer?: string | undefined;
  /** How Codex searches the web with it; `off`: it does not. @default off */
  readonly search?: "off" | "standalone" | undefined;
}

/** Tokens of a window that nobody names. `model_context_window` in config.toml says otherwise. */
export const NEUTRAL_WINDOW = 131_072;

/** The first version that takes any word as an effort; 0.128 refuses a catalog with one that it does not know (measured). */
const ANY_EFFORT = parseVersion("0.142.0");

const DESCRIPTIONS: Readonly<Record<Effort, string>> = {
  none: "No thinking",
  minimal: "Hardly any thinking",
  low: "Short thinking",
  medium: "Thinking as the task needs",
  high: "Long thinking for hard tasks",
  xhigh: "Longer thinking for harder tasks",
  max: "The longest thinking",
  ultra: "The longest thinking, and sub-agents",
};

/** One entry. */
export function catalogEntry(model: ModelFacts, options: EntryOptions): JsonObject {
  const { priority, slug = model.id, reviewer = slug, search = "off" } = options;
  const efforts = effortsFor(model, options.codex);
  const normal = efforts.includes("high") ? "high" : efforts.at(-1);
  const { window = NEUTRAL_WINDOW, images = true } = model;
  return {
    slug,
    display_name: model.title,
    description: model.title,
    supported_reasoning_levels: efforts.map((effort) => ({
      effort,
      description: DESCRIPTIONS[effort],
    })),
    ...(normal && { default_reasoning_level: normal }),
    // Both are missed up to 0.146, and unknown later
    supports_reasoning_summaries: efforts.length > 0,
    supports_parallel_tool_calls: true,
    shell_type: "unified_exec",
    visibility: "list",
    supported_in_api: true,
    priority,
    support_verbosity: false,
    apply_patch_tool_type: "freeform",
    web_search_tool_type: "text",
    use_responses_lite: search === "standalone",
    truncation_policy: { mode: "tokens", limit: 10_000 },
    experimental_supported_tools: [],
    base_instructions: INSTRUCTIONS,
    context_window: window,
    // A window that nobody names is not a limit
    ...(model.window !== undefined && { max_context_window: window }),
    input_modalities: images ? ["text", "image"] : ["text"],
    // Its tasks are plain text on every wire
    multi_agent_version: "v1",
    auto_review_model_override: reviewer,
  };
}

/** The list of models as Codex reads it, from a file or an answer: indented JSON with a final line break. */
export function catalogJson(entries: readonly Json[]): string {
  return `${JSON.stringify({ models: [...entries] }, undefined, 2)}\n`;
}

/** The entries of a list of models in its order. */
export function catalogEntries(
  models: readonly ModelFacts[],
  options: Omit<EntryOptions, "priority" | "slug">,
): JsonObject[] {
  return models.map((model, at) => catalogEntry(model, { ...options, priority: at + 1 }));
}

function effortsFor({ efforts }: ModelFacts, codex: string | undefined): readonly Effort[] {
  const version = codex === undefined ? undefined : parseVersion(codex);
  const all = version && ANY_EFFORT && compareVersions(version, ANY_EFFORT) >= 0;
  return all ? efforts : efforts.filter((effort) => effort !== "max" && effort !== "ultra");
}
