/**
 * A Responses request without explicit nulls: to the API they are the same as nothing, and strict servers refuse them
 * (lidge-jun/opencodex#2239).
 *
 * Its rule: only fields of the request, of its items and of `reasoning` and `text` count; what a tool's schema or an
 * argument says is not touched. A request without nulls is the same request.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Leaves the nulls out. */
export function withoutNulls(request: JsonObject): JsonObject {
  const { input, reasoning, text } = request;
  const inner: JsonObject = {};
  if (isObject(reasoning)) inner.reasoning = plain(reasoning);
  if (isObject(text)) inner.text = plain(text);
  if (Array.isArray(input)) inner.input = items(input);
  const same = Object.entries(inner).every(([key, value]) => value === request[key]);
  return plain(same ? request : { ...request, ...inner });
}

function items(input: Json[]): Json[] {
  const changed = input.map((item) => isObject(item) ? plain(item) : item);
  return changed.every((item, at) => item === input[at]) ? input : changed;
}

function plain(object: JsonObject): JsonObject {
  const entries = Object.entries(object);
  const kept = entries.filter(([, value]) => value !== null);
  return kept.length === entries.length ? object : Object.fromEntries(kept);
}
