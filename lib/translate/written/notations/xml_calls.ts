/**
 * Calls written in tags: `<invoke name="…"><parameter name="…">`, `<function=…><parameter=…>`, `<arg_key>`, and what is left of
 * them where a server took the beginning away.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../../base/json.ts";
import { TAG_TOKEN } from "../../../provider/chat_rules.ts";
import { type Field, one, parseLoose, readFields, skipBlanks, until, untilLast } from "./fields.ts";
import { MAX_KEY, type WrittenCall, type WrittenTools } from "../tools.ts";

export const FUNCTION = "<function=";
const PARAMETER = "<parameter=";

/** What may stand between the bracket of a tag and its name. */
const PREFIX = "(?:[|｜‖]{1,2}DSML[|｜‖]{1,2}|[a-z]{1,16}:)?";
const INVOKE = new RegExp(`<(${PREFIX})invoke\\s+name=["']([^"'<>]{1,256})["']\\s*(/?)>`, "y");
const PARAM = new RegExp(
  `<(${PREFIX})parameter\\s+name=["']([^"'<>]{1,${MAX_KEY}})["'](?:\\s+string="(true|false)")?\\s*>`,
  "y",
);
const NAMED = new RegExp(`<([A-Za-z_][\\w.-]{0,${MAX_KEY - 1}})>`, "y");
/** The ends of what stands around calls, which a server may have left. */
const ENDS = new RegExp(
  `(?:</${PREFIX}(?:parameter|invoke|tool_calls?|function_calls|function)>\\s*){1,8}$`,
  "y",
);

/** Without the token before each tag. */
export function withoutTagTokens(body: string): string {
  return body.includes(TAG_TOKEN) ? body.replaceAll(TAG_TOKEN, "") : body;
}

/** `<invoke name="NAME"><parameter name="KEY">VALUE</parameter>…</invoke>…`, tags named like the parameters too. */
export function fromInvokes(text: string, tools: WrittenTools): WrittenCall[] | undefined {
  const body = withoutTagTokens(text);
  const calls: WrittenCall[] = [];
  for (let at = skipBlanks(body, 0); at < body.length;) {
    const invoke = matchAt(INVOKE, body, at);
    if (!invoke) return undefined;
    const [opening, prefix = "", called = "", empty] = invoke;
    const name = tools.nameOf(called.trim());
    if (name === undefined) return undefined;
    const close = `</${prefix}invoke>`;
    const from = at + opening.length;
    const found = empty
      ? { args: {}, end: from }
      : fieldsUntil(body, from, close, tools.schema(name));
    const call = found && one(name, found.args, tools);
    if (!call) return undefined;
    calls.push(...call);
    at = skipBlanks(body, found.end);
  }
  return calls.length > 0 ? calls : undefined;
}

/** The parameters up to a closing tag. */
function fieldsUntil(
  body: string,
  from: number,
  close: string,
  schema: JsonObject | undefined,
): { args: JsonObject; end: number } | undefined {
  const args: JsonObject = {};
  for (let at = skipBlanks(body, from); at < body.length;) {
    if (body.startsWith(close, at)) return { args, end: at + close.length };
    const field = readParameter(body, at, close);
    if (!field) return undefined;
    const own = readFields(body, at, field.end, schema, () => field);
    if (!own) return undefined;
    Object.assign(args, own);
    at = skipBlanks(body, field.end);
  }
  return undefined;
}

/** `<parameter name="KEY" string="true">VALUE</parameter>` or `<KEY>VALUE</KEY>`. @param close what ends the list */
function readParameter(body: string, at: number, close: string | undefined): Field | undefined {
  const param = matchAt(PARAM, body, at);
  const named = param ? undefined : matchAt(NAMED, body, at);
  const match = param ?? named;
  if (!match) return undefined;
  const key = (param ? param[2] : named?.[1]) ?? "";
  const tag = param ? `${param[1]}parameter` : key;
  const follows = (next: number) =>
    close === undefined
      ? next === body.length || body.startsWith("<", next)
      : body.startsWith(close, next) || matchAt(param ? PARAM : NAMED, body, next) !== undefined;
  const value = untilLast(body, at + match[0].length, `</${tag}>`, follows);
  const string = param?.[3];
  return value && {
    key,
    value: value.text,
    end: value.end,
    ...(string === undefined ? {} : { json: string === "false" }),
  };
}

/** `NAME><parameter=KEY>VALUE</parameter>…`, or JSON in place of the parameters. */
export function fromFunction(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const name = until(body, 0, ">");
  if (!name) return undefined;
  const called = name.text.trim().replace(/^"(.*)"$/, "$1");
  const inner = body.slice(name.end).trim();
  if (inner.startsWith("{")) return one(called, parseLoose(inner), tools);
  const args = readFields(body, name.end, body.length, schemaOf(called, tools), (at) => {
    const key = keyAt(body, at);
    if (key && !body.includes("</parameter>", key.end) && !body.includes(PARAMETER, key.end)) {
      return { key: key.text, value: body.slice(key.end), end: body.length }; // the last one lost its end
    }
    const value = key && untilLast(
      body,
      key.end,
      "</parameter>",
      (next) => next === body.length || body.startsWith(PARAMETER, next),
    );
    return value && { key: key.text, value: value.text, end: value.end };
  });
  return one(called, args, tools);
}

/** `<function=…>…</function>` once or several times. */
export function fromFunctions(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const calls: WrittenCall[] = [];
  for (let at = skipBlanks(body, 0); at < body.length;) {
    if (!body.startsWith(FUNCTION, at)) return undefined;
    const inner = untilLast(
      body,
      at + FUNCTION.length,
      "</function>",
      (next) => next === body.length || body.startsWith(FUNCTION, next),
    );
    const call = inner && fromFunction(inner.text, tools);
    if (!call) return undefined;
    calls.push(...call);
    at = skipBlanks(body, inner.end);
  }
  return calls.length > 0 ? calls : undefined;
}

function keyAt(body: string, at: number): { text: string; end: number } | undefined {
  if (!body.startsWith(PARAMETER, at)) return undefined;
  const key = until(body, at + PARAMETER.length, ">");
  const bad = !key || key.text === "" || key.text.length > MAX_KEY || key.text.includes("\n");
  return bad ? undefined : key;
}

/** `NAME <arg_key>KEY</arg_key><arg_value>VALUE</arg_value>…` */
export function fromPairs(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const name = /^[^<\n]*/.exec(body)?.[0] ?? "";
  const args = readPairs(body, name.length, schemaOf(name, tools));
  return one(name, args, tools);
}

function readPairs(
  body: string,
  from: number,
  schema: JsonObject | undefined,
): JsonObject | undefined {
  return readFields(body, from, body.length, schema, (at) => {
    if (!body.startsWith("<arg_key>", at)) return undefined;
    const key = until(body, at + "<arg_key>".length, "<");
    if (!key || !body.startsWith("/arg_key>", key.end)) return undefined;
    const next = skipBlanks(body, key.end + "/arg_key>".length);
    if (!body.startsWith("<arg_value>", next)) return undefined;
    const value = untilLast(
      body,
      next + "<arg_value>".length,
      "</arg_value>",
      (end) => end === body.length || body.startsWith("<arg_key>", end),
    );
    return value && { key: key.text, value: value.text, end: value.end };
  });
}

/** Parameters of a call whose beginning was taken away, and the ends of the tags around them. */
export function fromRest(text: string, tools: WrittenTools): WrittenCall[] | undefined {
  const body = withoutTagTokens(text);
  const args: JsonObject = {};
  let count = 0;
  for (let at = skipBlanks(body, 0); at < body.length; count++) {
    if (count > 0 && matchAt(ENDS, body, at)) break;
    const field = restField(body, at);
    if (!field || !tools.hasParameter(field.key.trim())) return undefined;
    const own = readFields(body, at, field.end, undefined, () => field);
    if (!own) return undefined;
    Object.assign(args, own);
    at = skipBlanks(body, field.end);
  }
  return count > 0 && isObject(args) ? [{ name: "", args: JSON.stringify(args) }] : undefined;
}

function restField(body: string, at: number): Field | undefined {
  const key = keyAt(body, at);
  if (!key) return readParameter(body, at, undefined);
  const value = until(body, key.end, "</parameter>");
  return value && { key: key.text, value: value.text.replace(/^\n|\n$/g, ""), end: value.end };
}

function schemaOf(called: string, tools: WrittenTools): JsonObject | undefined {
  const name = tools.nameOf(called.trim());
  return name === undefined ? undefined : tools.schema(name);
}

function matchAt(form: RegExp, body: string, at: number): RegExpExecArray | undefined {
  form.lastIndex = at;
  return form.exec(body) ?? undefined;
}

/** Whether an unfinished list of `<invoke>` can still become calls of declared tools. */
export function mayBeInvokes(text: string, tools: WrittenTools): boolean {
  const body = withoutTagTokens(text).trimStart();
  const name = matchAt(INVOKE, body, 0)?.[2];
  return name === undefined
    ? body.length <= 160 && (body === "" || /^[<\]]/.test(body))
    : tools.nameOf(name.trim()) !== undefined;
}

/** The same of parameters alone. */
export function mayBeRest(text: string, tools: WrittenTools): boolean {
  const key = matchAt(PARAM, text, 0)?.[2] ?? keyAt(text, 0)?.text;
  return key === undefined ? text.length <= 160 : tools.hasParameter(key.trim());
}
