/**
 * Calls written between special tokens, which a server did not take out.
 *
 * @module
 */

import { isObject, type Json } from "../../../base/json.ts";
import { one, parseLoose, skipBlanks, until } from "./fields.ts";
import type { WrittenCall, WrittenTools } from "../tools.ts";

/** How one call is written between tokens. The lists have the same length: a spelling of one goes with that of the others. */
export interface CallTokens {
  readonly begin: readonly string[];
  /** Between what names the call and its arguments. */
  readonly argument: readonly string[];
  readonly end: readonly string[];
  /** The name in what stands before the arguments. */
  name(head: string): string;
}

/** `<|tool_call_begin|>functions.NAME:0<|tool_call_argument_begin|>{…}<|tool_call_end|>` */
export const NUMBERED: CallTokens = {
  begin: ["<|tool_call_begin|>"],
  argument: ["<|tool_call_argument_begin|>"],
  end: ["<|tool_call_end|>"],
  name: (head) => head.trim().replace(/:\d+$/, ""),
};

/** `<｜tool▁call▁begin｜>function<｜tool▁sep｜>NAME\n```json\n{…}\n```<｜tool▁call▁end｜>`; newer models leave out type and fence. */
export const SEPARATED: CallTokens = {
  begin: ["<｜tool▁call▁begin｜>", "<|tool▁call▁begin|>"],
  argument: ["<｜tool▁sep｜>", "<|tool▁sep|>"],
  end: ["<｜tool▁call▁end｜>", "<|tool▁call▁end|>"],
  name: (head) => head.trim(),
};

/** Reads calls one behind the other. */
export function fromTokens(
  body: string,
  tokens: CallTokens,
  tools: WrittenTools,
): WrittenCall[] | undefined {
  const calls: WrittenCall[] = [];
  for (let at = skipBlanks(body, 0); at < body.length;) {
    const spelling = tokens.begin.findIndex((token) => body.startsWith(token, at));
    const { [spelling]: begin } = tokens.begin;
    const { [spelling]: argument } = tokens.argument;
    const { [spelling]: end } = tokens.end;
    if (begin === undefined || argument === undefined || end === undefined) return undefined;
    const found = until(body, at + begin.length, end);
    const call = found && fromToken(found.text, argument, tokens, tools);
    if (!call) return undefined;
    calls.push(...call);
    at = skipBlanks(body, found.end);
  }
  return calls.length > 0 ? calls : undefined;
}

function fromToken(
  text: string,
  argument: string,
  tokens: CallTokens,
  tools: WrittenTools,
): WrittenCall[] | undefined {
  const head = until(text, 0, argument);
  if (!head) return undefined;
  let name = tokens.name(head.text);
  let rest = text.slice(head.end);
  const fenced = name === "function" ? /^([^\n`{]{1,256})\n?/.exec(rest) : null;
  if (fenced && tools.nameOf(name) === undefined) {
    name = (fenced[1] ?? "").trim();
    rest = rest.slice(fenced[0].length);
  }
  const args = rest.trim().replace(/^```(?:json)?\s*\n?/, "").replace(/\n?```$/, "");
  return one(name, argumentsOf(args, name, tools), tools);
}

/** An object; for a tool that takes text, the text too. */
function argumentsOf(text: string, name: string, tools: WrittenTools): Json | undefined {
  const value = text.trim() === "" ? {} : parseLoose(text.trim());
  if (isObject(value)) return value;
  const own = tools.nameOf(name);
  return own !== undefined && tools.takesText(own) ? { input: text } : undefined;
}

/** The tokens in the head of a message to a tool, and the kind of its content. */
const HEAD_NOISE =
  /<\|(?:channel|constrain)\|>\s*(?:commentary|analysis|json|code)?|\b(?:commentary|analysis|json|code)\b/g;

/** `functions.NAME <|constrain|>json<|message|>{…}`: a message to a tool. */
export function fromRecipient(body: string, tools: WrittenTools): WrittenCall[] | undefined {
  const head = until(body, 0, "<|message|>");
  const name = /^[\w.:\/-]{1,256}/.exec(body)?.[0];
  if (!head || name === undefined) return undefined;
  if (head.text.slice(name.length).replace(HEAD_NOISE, "").trim() !== "") return undefined;
  return one(name, argumentsOf(body.slice(head.end), name, tools), tools);
}

/** Whether an unfinished message to a tool goes to a declared one. */
export function mayBeRecipient(text: string, tools: WrittenTools): boolean {
  const name = /^([\w.:\/-]{1,256})[\s<]/.exec(text)?.[1];
  return name === undefined
    ? text.length <= 256 && /^[\w.:\/-]*$/.test(text)
    : tools.nameOf(name) !== undefined;
}
