/**
 * Pieces of a written call: marks, fields between tags, values in the types of the tool's schema.
 *
 * Its rule: no search goes back, so that reading costs what the text is long.
 *
 * @module
 */

import {
  closingQuote,
  isObject,
  type Json,
  type JsonObject,
  parseJson,
} from "../../../base/json.ts";
import type { WrittenCall, WrittenTools } from "../tools.ts";

/** A field that was read, and the offset behind it. */
export interface Field {
  readonly key: string;
  readonly value: string;
  readonly end: number;
  /** Whether the text says that the value is JSON, or that it is none. */
  readonly json?: boolean;
}

/** The text from an offset up to a mark, and the offset behind the mark. */
export function until(
  body: string,
  from: number,
  mark: string,
): { text: string; end: number } | undefined {
  const at = body.indexOf(mark, from);
  return at < 0 ? undefined : { text: body.slice(from, at), end: at + mark.length };
}

/** The same up to the first closing mark behind which the fields go on or end, because a value may hold the mark too. */
export function untilLast(
  body: string,
  from: number,
  mark: string,
  follows: (at: number) => boolean,
): { text: string; end: number } | undefined {
  for (let at = body.indexOf(mark, from); at >= 0; at = body.indexOf(mark, at + 1)) {
    const end = at + mark.length;
    if (follows(skipBlanks(body, end))) return { text: body.slice(from, at), end };
  }
  return undefined;
}

/** The offset of the first character from an offset on that is no blank. */
export function skipBlanks(body: string, from: number): number {
  let at = from;
  while (at < body.length && isBlank(body.charCodeAt(at))) at++;
  return at;
}

function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/**
 * Consecutive fields with only blanks around them; `undefined` where there is other text. Not by a regular expression: for each
 * field without an end, an expression would search to the end of the text.
 *
 * @param to where the fields end
 */
export function readFields(
  body: string,
  from: number,
  to: number,
  schema: JsonObject | undefined,
  read: (at: number) => Field | undefined,
): JsonObject | undefined {
  const args: JsonObject = {};
  for (let at = skipBlanks(body, from); at < to;) {
    const field = read(at);
    if (!field || field.end > to) return undefined;
    const key = field.key.trim();
    args[key] = field.json === undefined
      ? typed(field.value, schema, key)
      : field.json
      ? parseJson(field.value) ?? field.value
      : field.value;
    at = skipBlanks(body, field.end);
  }
  return args;
}

/** JSON, with bare line breaks and tabs inside of strings too, as models write them. */
export function parseLoose(text: string): Json | undefined {
  const value = parseJson(text);
  if (value !== undefined || !/[\n\r\t]/.test(text)) return value;
  const out: string[] = [];
  let kept = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    const end = closingQuote(text, at + 1);
    if (end < 0) return undefined;
    const string = text.slice(at, end).replace(/[\n\r\t]/g, (char) => ESCAPES[char] ?? char);
    out.push(text.slice(kept, at), string);
    kept = at = end;
  }
  return parseJson(out.join("") + text.slice(kept));
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The one call of a declared tool; `undefined` where it is none. */
export function one(
  name: string | undefined,
  args: Json | undefined,
  tools: WrittenTools,
): WrittenCall[] | undefined {
  const declared = name === undefined ? undefined : tools.nameOf(name.trim());
  if (declared === undefined || !isObject(args)) return undefined;
  return [{ name: declared, args: JSON.stringify(args) }];
}

/** A value in the type that its schema gives. Without a type, only objects and arrays are read as JSON. */
function typed(value: string, schema: JsonObject | undefined, key: string): Json {
  const text = value.replace(/^\r?\n/, "").replace(/\r?\n$/, "");
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const property = Object.hasOwn(properties, key) ? properties[key] : undefined;
  const type = isObject(property) ? property.type : undefined;
  const json = parseJson(text);
  if (json === undefined) return text;
  if (type === undefined) return typeof json === "object" && json !== null ? json : text;
  const types = Array.isArray(type) ? type : [type];
  const own = json === null
    ? "null"
    : Array.isArray(json)
    ? "array"
    : typeof json === "number" && Number.isInteger(json) && !types.includes("number")
    ? "integer"
    : typeof json;
  return own !== "string" && types.includes(own) ? json : text;
}
