/**
 * Token usage in the strict shape that Codex demands: a details object without its integer ends the turn with an error.
 *
 * Source: docs/facts/codex.md §3.3, docs/facts/providers.md §0.4.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../base/json.ts";

/**
 * Returns `usage` as it may go to the client: the same object where it is already right, a completed copy where it is
 * not, `null` where it has no counts. Chat names (`prompt_tokens` …) are understood.
 */
export function strictUsage(usage: Json | undefined): JsonObject | null {
  if (!isObject(usage)) return null;
  const input = count(usage.input_tokens ?? usage.prompt_tokens);
  const output = count(usage.output_tokens ?? usage.completion_tokens);
  if (input === undefined && output === undefined) return null;
  const cached =
    detail(usage, ["input_tokens_details", "prompt_tokens_details"], "cached_tokens") ??
      count(usage.prompt_cache_hit_tokens) ?? 0;
  const reasoning =
    detail(usage, ["output_tokens_details", "completion_tokens_details"], "reasoning_tokens") ?? 0;
  const strict = {
    input_tokens: input ?? 0,
    input_tokens_details: { cached_tokens: cached },
    output_tokens: output ?? 0,
    output_tokens_details: { reasoning_tokens: reasoning },
    total_tokens: count(usage.total_tokens) ?? (input ?? 0) + (output ?? 0),
  };
  return holds(usage, strict) ? usage : strict;
}

/** {@link strictUsage} with every count that OpenAI's schema requires: also the tokens written to a cache, 0 where none are given. */
export function documentedUsage(usage: Json | undefined): JsonObject | null {
  const strict = strictUsage(usage);
  if (!strict || !isObject(usage)) return null;
  const written =
    detail(usage, ["input_tokens_details", "prompt_tokens_details"], "cache_write_tokens") ?? 0;
  const details = isObject(strict.input_tokens_details) ? strict.input_tokens_details : {};
  return { ...strict, input_tokens_details: { ...details, cache_write_tokens: written } };
}

/** Whether a JSON text writes a count of tokens as `10.0` or `1e1`: the same number to us, none at all to Codex. */
export function writesFractions(text: string | undefined): boolean {
  return text !== undefined && /tokens"\s*:\s*-?\d+[.eE]/.test(text);
}

function count(value: Json | undefined): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0
    ? Math.trunc(value)
    : undefined;
}

function detail(usage: JsonObject, keys: readonly string[], field: string): number | undefined {
  for (const key of keys) {
    const details = usage[key];
    const found = isObject(details) ? count(details[field]) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Whether `usage` already has every field of `strict`, with the same numbers. */
function holds(usage: JsonObject, strict: JsonObject): boolean {
  return Object.entries(strict).every(([key, value]) => {
    const given = usage[key];
    return isObject(value) ? isObject(given) && holds(given, value) : given === value;
  });
}
