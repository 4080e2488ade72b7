/**
 * How the forms of written calls look into their blocks, where several forms do it in one way.
 *
 * @module
 */

import { TAG_TOKEN } from "../../provider/chat_rules.ts";
import { fromArrowCall, isArrowCall, mayBeArrowCall } from "./notations/arrow_calls.ts";
import { fromJson, fromNamed, mayBeJson } from "./notations/json_calls.ts";
import { fromPython, mayBePython } from "./notations/python_calls.ts";
import { NUMBERED, SEPARATED } from "./notations/token_calls.ts";
import type { WrittenCall, WrittenTools } from "./tools.ts";
import {
  fromFunctions,
  fromInvokes,
  fromPairs,
  FUNCTION,
  mayBeInvokes,
  withoutTagTokens,
} from "./notations/xml_calls.ts";

/** Longest name that is looked for in an unfinished block. */
const MAX_NAME = 80;

/** Whether what stands in an unfinished block of any content can still become a call. */
export function plausibleCall(body: string, tools: WrittenTools): boolean {
  const text = own(body).trimStart();
  if (
    text === "" || "<tool_call>".startsWith(text) || FUNCTION.startsWith(text) ||
    "<invoke".startsWith(text)
  ) return true;
  if (isArrowCall(text)) return mayBeArrowCall(text, tools);
  if (/^[[{]/.test(text)) return mayBeJson(text, tools);
  if (TAG_TOKEN.startsWith(text)) return true;
  if (text.startsWith("<invoke")) return mayBeInvokes(text, tools);
  return text.startsWith(FUNCTION)
    ? nameFits(text.slice(FUNCTION.length), /^([^>]*)>/, tools)
    : nameFits(text, /^([^<\n{]*)[<\n{]/, tools);
}

/** A block without the tokens of its tags, and without its opening mark, which some models write twice. */
function own(body: string): string {
  return withoutTagTokens(body).replace(/^\s*<tool_call>/, "");
}

/** The calls in a block of any content: JSON, `{tool => …}`, `<function=…>`, `<invoke …>`, `<arg_key>`, a name and an object. */
export function readCall(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const text = own(body).trim();
  if (isArrowCall(text)) return fromArrowCall(text, tools);
  if (/^[[{]/.test(text)) return fromJson(text, tools);
  if (text.startsWith(FUNCTION)) return fromFunctions(text, tools);
  if (text.startsWith("<invoke")) return fromInvokes(text, tools);
  return fromPairs(text, tools) ?? fromNamed(text, /$/, tools);
}

/** The beginnings of a closing mark, where the text ended in it. */
const BROKEN_CLOSE = /<\/?[a-z_:]{0,20}$|<\|?\/?[A-Za-z_]{0,20}\|?$|\[\/?[A-Z_]{0,12}$/;

/**
 * The calls in a block whose closing mark never came. Their own marks must say that they are complete: a bare name is so
 * through the closing mark alone.
 */
export function readComplete(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const cut = body.slice(0, -40) + body.slice(-40).replace(BROKEN_CLOSE, "");
  return readEnded(body, tools) ?? (cut === body ? undefined : readEnded(cut, tools));
}

function readEnded(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const text = body.trimEnd();
  return /[}>\]]$/.test(text) ? readCall(text, tools) : undefined;
}

/** JSON or Python: some models write the one between the marks of the other. */
export function readScript(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  return fromJson(body, tools) ?? fromPython(body, tools);
}

/** Whether an unfinished block of either can still become calls of declared tools. */
export function mayBeScript(body: string, tools: WrittenTools): boolean {
  return mayBePython(body, tools) ||
    (/^\s*(?:\[\s*)?\{/.test(body) && mayBeJson(body, tools));
}

/** `[{"name": …}]`, `NAME[ARGS]{…}`, `NAME[CALL_ID]…[ARGS]{…}`, `NAME{…}`; the mark stands before each call of the latter forms. */
export function readBracketed(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  if (/^\s*[[{]/.test(body)) return fromJson(body, tools);
  const calls: WrittenCall[] = [];
  for (const each of body.split("[TOOL_CALLS]")) {
    const call = fromNamed(each, /(?:\[CALL_ID\][^[\]]{1,128})?(?:\[ARGS\])?\s*$/, tools);
    if (!call) return undefined;
    calls.push(...call);
  }
  return calls.length > 0 ? calls : undefined;
}

/** Whether the name that `form` finds is declared; while it is not complete, whether it is not too long. */
export function nameFits(text: string, form: RegExp, tools: WrittenTools): boolean {
  const name = form.exec(text)?.[1];
  if (name === undefined) return text.length <= MAX_NAME;
  return tools.nameOf(name.trim().replace(/^"(.*)"$/, "$1")) !== undefined;
}

/** Whether unfinished calls between tokens begin with a declared name. */
export function tokenFits(
  body: string,
  begin: readonly string[],
  name: RegExp,
  tools: WrittenTools,
): boolean {
  const text = body.trimStart();
  const token = begin.find((each) => text.startsWith(each));
  if (token === undefined) return begin.some((each) => each.startsWith(text));
  const called = name.exec(text.slice(token.length))?.[1];
  if (called === undefined) return text.length <= 256;
  return tools.nameOf(NUMBERED.name(called)) !== undefined;
}

/** Whether unfinished calls between the other tokens begin with one. */
export function startsWithToken(body: string): boolean {
  const text = body.trimStart();
  return SEPARATED.begin.some((each) => text.startsWith(each) || each.startsWith(text));
}
