/**
 * Removes or renames a request field that a provider names in its refusal.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../../base/json.ts";
import { isOpaqueField } from "../../opaque/fields.ts";
import { namedPaths } from "../../refusals.ts";

/** A request that was fixed up. */
export interface ChatFixUp {
  readonly body: JsonObject;
  /** What was changed, for the log; also the key under which it is not tried again. */
  readonly what: string;
}

/** Fields that are never removed. */
const NEEDED: ReadonlySet<string> = new Set(["model", "messages", "stream", "tools"]);

/** Fields that may be removed from a message. */
const OPTIONAL: ReadonlySet<string> = new Set([
  "reasoning_content",
  "reasoning",
  "reasoning_text",
  "name",
]);

/** Removes or renames the first named field that the request has; `undefined` where it has none of them. */
export function dropField(
  failureText: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): ChatFixUp | undefined {
  for (const name of namedFields(failureText)) {
    const what = `field ${name}`;
    if (already.has(what)) continue;
    const changed = without(name, body, failureText);
    if (changed) return { what, body: changed };
  }
  return undefined;
}

/** Takes out a field by its name; the same body where there is none. */
export function withoutField(name: string, body: JsonObject): JsonObject {
  return without(name, body, "") ?? body;
}

/** The names a refusal may mean, most explicit first: `messages[3].reasoning_content` -> `reasoning_content`. */
function namedFields(words: string): string[] {
  const steps = namedPaths(words).flatMap((path) => {
    const names = path.filter((step) => /^[a-z_]\w*$/i.test(step));
    return [names.at(-1), names[0]];
  });
  return [...new Set(steps.filter((step) => step !== undefined))];
}

function without(name: string, body: JsonObject, text: string): JsonObject | undefined {
  if (NEEDED.has(name)) return undefined;
  if (body[name] !== undefined) {
    const { [name]: value, ...rest } = body;
    const other = name === "max_tokens" ? "max_completion_tokens" : "max_tokens";
    const renamed = /^max_(?:completion_)?tokens$/.test(name) && text.includes(other);
    return renamed ? { ...rest, [other]: value } : rest;
  }
  if (name === "include_usage" && body.stream_options !== undefined) {
    const { stream_options: _, ...rest } = body;
    return rest;
  }
  const optional = OPTIONAL.has(name) || isOpaqueField(name);
  const inside = name === "strict" ? "tools" : optional ? "messages" : undefined;
  const list = inside === undefined ? undefined : body[inside];
  if (inside === undefined || !Array.isArray(list)) return undefined;
  const changed = list.map((entry) => strip(entry, name));
  return changed.some((entry, at) => entry !== list[at])
    ? { ...body, [inside]: changed }
    : undefined;
}

/** Removes a field from a message, or from a tool's function. */
function strip(entry: Json, name: string): Json {
  if (!isObject(entry)) return entry;
  if (isObject(entry.function) && name === "strict" && entry.function.strict !== undefined) {
    const { strict: _, ...rest } = entry.function;
    return { ...entry, function: rest };
  }
  if (Array.isArray(entry.tool_calls)) {
    const calls = entry.tool_calls.map((call) => strip(call, name));
    const same = calls.every((call, at) => call === (entry.tool_calls as Json[])[at]);
    if (!same) return { ...entry, tool_calls: calls };
  }
  if (entry[name] === undefined) return entry;
  const { [name]: _, ...rest } = entry;
  return rest;
}
