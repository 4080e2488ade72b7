/**
 * Token usage of the Messages API in the names of the Responses API.
 *
 * The API counts three kinds of input apart, and a cached token is in one of them only; Codex's `input_tokens` is their sum.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** The counts so far, in the API's own names; the later ones of a stream replace the earlier ones. */
const COUNTS = [
  "input_tokens",
  "cache_read_input_tokens",
  "cache_creation_input_tokens",
  "output_tokens",
  "thinking_tokens",
] as const;

/** `before` with the counts that `usage` has; only `message_delta` knows the output, and some servers the input. */
export function addedUsage(before: JsonObject, usage: Json | undefined): JsonObject {
  if (!isObject(usage)) return before;
  const named = ownNames(usage);
  const counts = COUNTS.flatMap((name) => {
    const value = named[name];
    // A zero at the end of a stream does not take back what its beginning counted.
    return typeof value === "number" && (value > 0 || before[name] === undefined)
      ? [[name, value] as const]
      : [];
  });
  return { ...before, ...Object.fromEntries(counts) };
}

/** The counts of a usage, also where a server wrote it as its Chat wire does: there the cached input is part of the input. */
function ownNames(usage: JsonObject): JsonObject {
  const { prompt_tokens: prompt, completion_tokens: output, input_tokens } = usage;
  const details = isObject(usage.output_tokens_details) ? usage.output_tokens_details : {};
  const thinking = details.thinking_tokens ?? details.reasoning_tokens;
  const own = thinking === undefined ? usage : { ...usage, thinking_tokens: thinking };
  if (typeof prompt !== "number" || typeof input_tokens === "number") return own;
  const { prompt_tokens_details: of } = usage;
  const cached = isObject(of) && typeof of.cached_tokens === "number" ? of.cached_tokens : 0;
  return {
    ...own,
    input_tokens: Math.max(0, prompt - cached),
    cache_read_input_tokens: cached,
    ...(output !== undefined && { output_tokens: output }),
  };
}

/** The counts as the Responses API has them; `{}` where there are none. */
export function responsesUsage(counts: JsonObject): JsonObject {
  if (Object.keys(counts).length === 0) return {};
  const [input, read, written, output, thinking] = COUNTS.map((name) => {
    const value = counts[name];
    return typeof value === "number" ? value : 0;
  }) as [number, number, number, number, number];
  return {
    input_tokens: input + read + written,
    input_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: thinking },
    total_tokens: input + read + written + output,
  };
}
