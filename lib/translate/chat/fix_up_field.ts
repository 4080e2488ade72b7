/**
 * Removes or renames a request field that a provider names in its refusal.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** A request that was fixed up. */
export interface ChatFixUp {
  readonly body: JsonObject;
  /** What was changed, for the log; also the key under which it is not tried again. */
  readonly what: string;
}

/** How providers write that they do not know or do not accept a field; the first group is its name. */
const REFUSALS: readonly RegExp[] = [
  /(?:un(?:supported|known|recognized|recognised|expected)|invalid|extra|additional|illegal)\s+(?:request\s+)?(?:parameter|argument|field|property|key|name|value)s?(?:\s+supplied)?\s*(?:for|name|of)?\s*[:=]?\s*[`'"[(]*([a-z_][\w.[\]]*)/gi,
  /[`'"]([a-z_][\w.[\]]*)[`'"]?\s*(?:parameter|argument|field|property|option|value)?\s*(?:is|are|was|of value[^.]{0,40}is)?\s*(?:not\s+(?:supported|allowed|permitted|recognized|recognised|a valid)|unsupported|unknown|invalid)/gi,
  /(?:does\s?n[o']t|not)\s+(?:support|accept|allow|recognize)\s+(?:the\s+|this\s+)?(?:parameter\s+|field\s+)?[`'"]?([a-z_][\w.[\]]*)/gi,
  /\b([a-z]\w*_\w+)\b\s+(?:parameter\s+|field\s+)?(?:is|are)\s+(?:not\s+(?:supported|allowed|permitted)|unsupported|unknown|invalid)/gi,
  /extra inputs are not permitted[^a-z]*(?:param(?:eter)?|field|loc)?[^a-z]*([a-z_][\w.[\]]*)/gi,
  /([a-z_][\w.[\]]*)[`'"\]]*\s*[:,]?\s*extra inputs are not permitted/gi,
  /\bparam(?:eter)?[`'"]?\s*[:=]?\s*[`'"]?([a-z_][\w.[\]]*)/gi,
];

/** Fields that are never removed. */
const NEEDED: ReadonlySet<string> = new Set(["model", "messages", "stream", "tools"]);

/** Fields that may be removed from a message. */
const OPTIONAL: ReadonlySet<string> = new Set(["reasoning_content", "reasoning", "name"]);

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

/** The fields a refusal may mean, most explicit first: `messages[3].reasoning_content` -> `reasoning_content`. */
function namedFields(text: string): string[] {
  const names = REFUSALS.flatMap((form) => [...text.matchAll(form)].map((match) => match[1] ?? ""));
  const steps = names.flatMap((name) => {
    const path = name.split(/[.[\]]+/).filter((step) => /^[a-z_]\w*$/i.test(step));
    return [path.at(-1), path[0]];
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
  const inside = name === "strict" ? "tools" : OPTIONAL.has(name) ? "messages" : undefined;
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
  if (entry[name] === undefined) return entry;
  const { [name]: _, ...rest } = entry;
  return rest;
}
