/**
 * Calls written as JSON, and behind their bare names.
 *
 * @module
 */

import { filled, isObject, type Json, valueEnd } from "../../../base/json.ts";
import { one, parseLoose, skipBlanks } from "./fields.ts";
import type { WrittenCall, WrittenTools } from "../tools.ts";

/** Most calls in one list. */
const MOST_CALLS = 1024;

/** `{"name": …, "arguments": {…}}`, a list of such, or several one behind the other, with `;` or commas between them. */
export function fromJson(text: string, tools: WrittenTools): WrittenCall[] | undefined {
  const whole = text.trim();
  const value = parseLoose(whole);
  if (value !== undefined) return fromValue(value, tools);
  const calls: WrittenCall[] = [];
  for (let at = 0; at < whole.length;) {
    const end = valueEnd(whole, at);
    const own = end === undefined ? undefined : parseLoose(whole.slice(at, end));
    const call = own === undefined ? undefined : fromValue(own, tools);
    if (!call || end === undefined || calls.length > MOST_CALLS) return undefined;
    for (const each of call) calls.push(each);
    at = skipBlanks(whole, end);
    if (whole[at] === ";" || whole[at] === ",") at = skipBlanks(whole, at + 1);
  }
  return calls.length > 0 ? calls : undefined;
}

function fromValue(value: Json, tools: WrittenTools): WrittenCall[] | undefined {
  if (Array.isArray(value)) {
    if (value.length === 0 || value.length > MOST_CALLS) return undefined;
    const calls = value.map((each) => isObject(each) ? fromValue(each, tools) : undefined);
    return calls.every((each) => each !== undefined) ? calls.flat() : undefined;
  }
  if (!isObject(value)) return undefined;
  const inner = isObject(value.function) ? value.function : value;
  const name = filled(inner.name) ?? filled(inner.tool_name) ?? filled(value.function) ??
    filled(value.tool);
  const given = inner.arguments ?? inner.parameters ?? inner.args ?? {};
  return one(name, typeof given === "string" ? parseLoose(given) : given, tools);
}

/** `NAME{…}`, with marks between name and object that say nothing. @param noise those marks */
export function fromNamed(
  text: string,
  noise: RegExp,
  tools: WrittenTools,
): WrittenCall[] | undefined {
  const whole = text.trim();
  const brace = whole.indexOf("{");
  if (brace < 0) return undefined;
  const name = whole.slice(0, brace).replace(noise, "").trim();
  return one(name, parseLoose(whole.slice(brace)), tools);
}

/** Whether unfinished JSON can still become calls of declared tools. */
export function mayBeJson(text: string, tools: WrittenTools): boolean {
  const name = /"(?:name|tool_name)"\s*:\s*"([^"\\]{0,256})"/.exec(text)?.[1];
  return name === undefined || tools.nameOf(name) !== undefined;
}
