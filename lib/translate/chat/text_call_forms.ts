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
  get?(name: string): JsonObject | undefined;
}

/** A call that was written out. */
export interface TextCall {
  readonly name: string;
  /** JSON of an object. */
  readonly args: string;
}

/** One form, found by the mark that opens it. */
export interface Form {
  /** The mark that ends a block. */
  readonly close: string;
  /** Whether an unfinished block can still become a call of a declared tool. */
  plausible(body: string, tools: Tools): boolean;
  /** The calls in a finished block; `undefined` if it is none. */
  read(body: string, tools: Tools): TextCall[] | undefined;
}

const MAX_NAME = 80;
/** How many openers may stand in a block beyond those that are closed: as text in a value. */
const STRAY = 16;
const FUNCTION = "<function=";

/** Mark -> form. Every mark begins with `<`. */
export const FORMS: Readonly<Record<string, Form>> = {
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
function fromJson(text: string, tools: Tools): TextCall[] | undefined {
  const json = parseJson(text);
  if (!isObject(json)) return undefined;
  const given = json.arguments ?? json.parameters ?? {};
  const args = typeof given === "string" ? parseJson(given) : given;
  return one(filled(json.name), args, tools);
}

/** `NAME><parameter=KEY>VALUE</parameter>…` */
function fromFunction(body: string, tools: Tools): TextCall[] | undefined {
  if (unclosed(body, "<parameter=", "</parameter>")) return undefined;
  return fromFields(body, /^([^>]*)>/, /<parameter=([^>\n]+)>([\s\S]*?)<\/parameter>/g, tools);
}

/** `NAME <arg_key>KEY</arg_key><arg_value>VALUE</arg_value>…` */
function fromPairs(body: string, tools: Tools): TextCall[] | undefined {
  const field = /<arg_key>([^<]*)<\/arg_key>\s*<arg_value>([\s\S]*?)<\/arg_value>/g;
  if (unclosed(body, "<arg_value>", "</arg_value>")) return undefined;
  return fromFields(body, /^([^<\n]*)(?:\n|(?=<)|$)/, field, tools);
}

function fromFields(
  body: string,
  head: RegExp,
  field: RegExp,
  tools: Tools,
): TextCall[] | undefined {
  const found = head.exec(body);
  const name = found?.[1]?.trim();
  if (!found || name === undefined) return undefined;
  const rest = body.slice(found[0].length);
  if (rest.replace(field, "").trim() !== "") return undefined;
  const args: JsonObject = {};
  for (const [, key = "", value = ""] of rest.matchAll(field)) {
    args[key.trim()] = typed(value, tools.get?.(name), key.trim());
  }
  return one(name, args, tools);
}

/** `<|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}<|tool_call_end|>…` */
function fromTokens(body: string, tools: Tools): TextCall[] | undefined {
  const form =
    /<\|tool_call_begin\|>([^<]*)<\|tool_call_argument_begin\|>([\s\S]*?)<\|tool_call_end\|>/g;
  if (unclosed(body, "<|tool_call_argument_begin|>", "<|tool_call_end|>")) return undefined;
  if (body.replace(form, "").trim() !== "") return undefined;
  const calls = [...body.matchAll(form)].map(([, id = "", args = ""]) => {
    const name = id.trim().replace(/^functions\./, "").replace(/:\d+$/, "");
    return one(name, parseJson(args.trim() || "{}"), tools);
  });
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls.flat() : undefined;
}

/** Whether openers stand there that nothing closes: a search for each one's end would go to the end of the text. */
function unclosed(body: string, open: string, close: string): boolean {
  return body.split(open).length - body.split(close).length > STRAY;
}

function one(name: string | undefined, args: Json | undefined, tools: Tools) {
  if (name === undefined || !tools.has(name) || !isObject(args)) return undefined;
  return [{ name, args: JSON.stringify(args) }];
}

/** A value as its schema types it. Without one, only what can be nothing but JSON is read as JSON. */
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
