/**
 * What a provider's prompt cache needs: a later request of a thread begins, byte for byte, as the one before it.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";

/**
 * Where a later request of the same thread does not go on from an earlier one, in words; `undefined` where it does.
 *
 * The list of tools and every setting must be the same bytes, the messages or items of the earlier one the beginning of the
 * later one's.
 */
export function prefixBreak(earlier: JsonObject, later: JsonObject): string | undefined {
  const list = Array.isArray(earlier.messages) ? "messages" : "input";
  const keys = new Set([...Object.keys(earlier), ...Object.keys(later)]);
  const own = (body: JsonObject) => Object.keys(body).filter((key) => key !== list).join();
  if (own(earlier) !== own(later)) return `${own(earlier)} became ${own(later)}`;
  for (const key of keys) {
    if (key === list || key === "client_metadata") continue;
    const [before, after] = [JSON.stringify(earlier[key]), JSON.stringify(later[key])];
    if (before !== after) return `${key}: ${cut(before, after)}`;
  }
  const [before, after] = [asList(earlier[list]), asList(later[list])];
  for (const [at, each] of before.entries()) {
    const [was, is] = [JSON.stringify(each), JSON.stringify(after[at])];
    if (was !== is) return `${list}[${at}] of ${before.length}: ${cut(was, is)}`;
  }
  return undefined;
}

/** The first break among requests of a thread, in the order in which they were sent. */
export function firstBreak(bodies: readonly JsonObject[]): string | undefined {
  const own = bodies.map(lasting);
  for (const [at, later] of own.entries()) {
    const earlier = own[at - 1];
    const found = earlier && prefixBreak(earlier, later);
    if (found !== undefined) return `request ${at + 1}: ${found}`;
  }
  return undefined;
}

/**
 * A body without what may change: on the Messages wire the marks of a cache wander to its end, and the API takes no thinking
 * behind calls that were made without; that ends the cache once, and the texts stay.
 */
function lasting(body: JsonObject): JsonObject {
  if (!("messages" in body && "max_tokens" in body && !("stream_options" in body))) return body;
  const { thinking: _, ...rest } = body;
  return JSON.parse(
    JSON.stringify(rest, (key, value) => key === "cache_control" ? undefined : value),
  );
}

function asList(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value.filter((each) => isObject(each)) : [];
}

/** Both texts from a little before the place where they part. */
function cut(before = "nothing", after = "nothing"): string {
  let at = 0;
  while (at < before.length && before[at] === after[at]) at++;
  const from = Math.max(0, at - 40);
  return `${before.slice(from, at + 80)} became ${after.slice(from, at + 80)}`;
}
