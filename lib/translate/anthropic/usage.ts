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
] as const;

/** `before` with the counts that `usage` has; only `message_delta` knows the output, and some servers the input. */
export function addedUsage(before: JsonObject, usage: Json | undefined): JsonObject {
  if (!isObject(usage)) return before;
  const counts = COUNTS.flatMap((name) => {
    const value = usage[name];
    // A zero at the end of a stream does not take back what its beginning counted.
    return typeof value === "number" && (value > 0 || before[name] === undefined)
      ? [[name, value] as const]
      : [];
  });
  return { ...before, ...Object.fromEntries(counts) };
}

/** The counts as the Responses API has them; `{}` where there are none. */
export function responsesUsage(counts: JsonObject): JsonObject {
  if (Object.keys(counts).length === 0) return {};
  const [input, read, written, output] = COUNTS.map((name) => {
    const value = counts[name];
    return typeof value === "number" ? value : 0;
  }) as [number, number, number, number];
  return {
    input_tokens: input + read + written,
    input_tokens_details: { cached_tokens: read, cache_write_tokens: written },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: input + read + written + output,
  };
}
