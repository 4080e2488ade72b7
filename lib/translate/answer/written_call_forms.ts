/**
 * The forms in which models write out tool calls as text.
 *
 * Sources: docs/facts/providers.md §1.5 (`<tool_call><function=…>`), §3 (special tokens); the chat templates of the models.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";

/** The tools that may be called: a set of names, or a map from name to parameter schema. */
export interface Tools {
  readonly size: number;
  has(name: string): boolean;
  keys(): Iterable<string>;
  get?(name: string): JsonObject | undefined;
}

/** A call that was written out as text. */
export interface WrittenCall {
  readonly name: string;
  /** JSON of an object. */
  readonly args: string;
}

/** One form, found by the mark that opens it. */
export interface WrittenCallForm {
  /** The mark that ends a block. */
  readonly close: string;
  /** Whether an unfinished block can still become a call of a declared tool. */
  plausible(body: string, tools: Tools): boolean;
  /** The calls in a finished block; `undefined` if it holds none. */
  read(body: string, tools: Tools): WrittenCall[] | undefined;
}

const MAX_NAME = 80;
/** Longest key of a parameter. */
const MAX_KEY = 256;
const FUNCTION = "<function=";

/** Mark -> form. Every mark begins with `<`. */
export const FORMS: Readonly<Record<string, WrittenCallForm>> = {
  "<tool_call>": {
    close: "</tool_call>",
    plausible(body, tools) {
      const text = body.trimStart();
      if (text === "" || text.startsWith("{") || FUNCTION.startsWith(text)) return true;
      return text.startsWith(FUNCTION)
        ? nameFits(text.slice(FUNCTION.length), /^([^>]*)>/, tools)
        : nameFits(text, /^([^<\n]*)[<\n]/, tools);
    },
    read(body, tools) {
      const text = body.trim();
      if (text.startsWith("{")) return fromJson(text, tools);
      if (!text.startsWith(FUNCTION)) return fromPairs(text, tools);
      return text.endsWith("</function>")
        ? fromFunction(text.slice(FUNCTION.length, -"</function>".length), tools)
        : undefined;
    },
  },
  [FUNCTION]: {
    close: "</function>",
    plausible: (body, tools) => nameFits(body, /^([^>]*)>/, tools),
    read: fromFunction,
  },
  "<|tool_calls_section_begin|>": {
    close: "<|tool_calls_section_end|>",
    plausible: () => true,
    read: fromTokens,
  },
};

/** Whether the name that `form` finds is declared; while it is not complete, whether it is not too long. */
function nameFits(text: string, form: RegExp, tools: Tools): boolean {
  const name = form.exec(text)?.[1];
  return name === undefined ? text.length <= MAX_NAME : tools.has(name.trim());
}

/** `{"name": …, "arguments": {…}}` */
function fromJson(text: string, tools: Tools): WrittenCall[] | undefined {
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  const given = json.arguments ?? json.parameters ?? {};
  const args = typeof given === "string" ? parseJson(given) : given;
  return one(filled(json.name), args, tools);
}

/** `NAME><parameter=KEY>VALUE</parameter>…` */
function fromFunction(body: string, tools: Tools): WrittenCall[] | undefined {
  const name = until(body, 0, ">");
  if (!name) return undefined;
  const args = readFields(body, name.end, tools.get?.(name.text.trim()), (at) => {
    if (!body.startsWith("<parameter=", at)) return undefined;
    const key = until(body, at + "<parameter=".length, ">");
    if (!key || key.text === "" || key.text.length > MAX_KEY || key.text.includes("\n")) {
      return undefined;
    }
    const value = until(body, key.end, "</parameter>");
    return value && { key: key.text, value: value.text, end: value.end };
  });
  return one(name.text.trim(), args, tools);
}

/** `NAME <arg_key>KEY</arg_key><arg_value>VALUE</arg_value>…` */
function fromPairs(body: string, tools: Tools): WrittenCall[] | undefined {
  const name = /^[^<\n]*/.exec(body)?.[0] ?? "";
  const args = readFields(body, name.length, tools.get?.(name.trim()), (at) => {
    if (!body.startsWith("<arg_key>", at)) return undefined;
    const key = until(body, at + "<arg_key>".length, "<");
    if (!key || !body.startsWith("/arg_key>", key.end)) return undefined;
    const next = skipBlanks(body, key.end + "/arg_key>".length);
    if (!body.startsWith("<arg_value>", next)) return undefined;
    const value = until(body, next + "<arg_value>".length, "</arg_value>");
    return value && { key: key.text, value: value.text, end: value.end };
  });
  return one(name.trim(), args, tools);
}

interface Field {
  readonly key: string;
  readonly value: string;
  readonly end: number;
}

/**
 * Consecutive fields with only blanks around them; `undefined` where there is other text. Not by a regular expression: for each
 * field without an end, an expression would search to the end of the text.
 */
function readFields(
  body: string,
  from: number,
  schema: JsonObject | undefined,
  read: (at: number) => Field | undefined,
): JsonObject | undefined {
  const args: JsonObject = {};
  for (let at = skipBlanks(body, from); at < body.length;) {
    const field = read(at);
    if (!field) return undefined;
    const key = field.key.trim();
    args[key] = typed(field.value, schema, key);
    at = skipBlanks(body, field.end);
  }
  return args;
}

/** `<|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}<|tool_call_end|>…` */
function fromTokens(body: string, tools: Tools): WrittenCall[] | undefined {
  const calls: WrittenCall[] = [];
  for (let at = skipBlanks(body, 0); at < body.length;) {
    if (!body.startsWith(BEGIN, at)) return undefined;
    const id = until(body, at + BEGIN.length, "<");
    if (!id || !body.startsWith(ARGUMENT, id.end - 1)) return undefined;
    const args = until(body, id.end - 1 + ARGUMENT.length, "<|tool_call_end|>");
    if (!args) return undefined;
    const name = id.text.trim().replace(/^functions\./, "").replace(/:\d+$/, "");
    const call = one(name, parseJson(args.text.trim() || "{}"), tools);
    if (!call) return undefined;
    calls.push(...call);
    at = skipBlanks(body, args.end);
  }
  return calls.length > 0 ? calls : undefined;
}

const BEGIN = "<|tool_call_begin|>";
const ARGUMENT = "<|tool_call_argument_begin|>";

/** The text from an offset up to a mark, and the offset behind the mark. */
function until(
  body: string,
  from: number,
  mark: string,
): { text: string; end: number } | undefined {
  const at = body.indexOf(mark, from);
  return at < 0 ? undefined : { text: body.slice(from, at), end: at + mark.length };
}

function skipBlanks(body: string, from: number): number {
  let at = from;
  while (at < body.length && /\s/.test(body.charAt(at))) at++;
  return at;
}

function one(name: string | undefined, args: Json | undefined, tools: Tools) {
  if (name === undefined || !tools.has(name) || !isObject(args)) return undefined;
  return [{ name, args: JSON.stringify(args) }];
}

/** A value in the type that its schema gives. Without a type, only objects and arrays are read as JSON. */
function typed(value: string, schema: JsonObject | undefined, key: string): Json {
  const text = value.replace(/^\n/, "").replace(/\n$/, "");
  const properties = isObject(schema?.properties) ? schema.properties : {};
  const property = properties[key];
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
