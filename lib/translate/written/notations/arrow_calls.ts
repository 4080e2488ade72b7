/**
 * Calls written with arrows: `{tool => "NAME", args => {--KEY "VALUE" …}}`, as some models are trained to write them between `[TOOL_CALL]` marks.
 *
 * @module
 */

import { isObject, type Json, type JsonObject, valueEnd } from "../../../base/json.ts";
import { one, parseLoose, skipBlanks } from "./fields.ts";
import { MAX_KEY, type WrittenCall, type WrittenTools } from "../tools.ts";

const BEGIN = /^\{\s*tool\b/;
const HEAD = /^\{\s*tool\s*=>\s*"([^"\\]{1,256})"\s*,?\s*args\s*=>\s*/;
const FLAG = new RegExp(`--([A-Za-z_][\\w.-]{0,${MAX_KEY - 1}})\\s*[:=]?\\s*`, "y");
const WORD = /[\w.+-]{1,64}/y;
/** The end; some models write one bracket too many. */
const END = /^\s*\}\s*\}?\s*$/;

/** Whether a text begins as such a call. */
export function isArrowCall(text: string): boolean {
  return BEGIN.test(text);
}

/** Whether an unfinished one can still become a call of a declared tool. */
export function mayBeArrowCall(text: string, tools: WrittenTools): boolean {
  const name = /^\{\s*tool\s*=>\s*"([^"\\]{0,256})"/.exec(text)?.[1];
  return name === undefined || tools.nameOf(name) !== undefined;
}

/** Reads one. */
export function fromArrowCall(text: string, tools: WrittenTools): WrittenCall[] | undefined {
  const head = HEAD.exec(text);
  if (!head) return undefined;
  const found = jsonAt(text, head[0].length) ?? flagsAt(text, head[0].length);
  if (!found || !isObject(found.value) || !END.test(text.slice(found.end))) return undefined;
  return one(head[1], found.value, tools);
}

/** The value that stands at an offset, and the offset behind it. */
interface Found {
  readonly value: Json;
  readonly end: number;
}

function jsonAt(text: string, from: number): Found | undefined {
  const end = valueEnd(text, from);
  const value = end === undefined ? undefined : parseLoose(text.slice(from, end));
  return end === undefined || value === undefined ? undefined : { value, end };
}

/** `{--KEY "VALUE" --OTHER 5}` */
function flagsAt(text: string, from: number): Found | undefined {
  if (text[from] !== "{") return undefined;
  const args: JsonObject = {};
  for (let at = skipBlanks(text, from + 1); at < text.length;) {
    if (text[at] === "}") return { value: args, end: at + 1 };
    FLAG.lastIndex = at;
    const flag = FLAG.exec(text);
    const found = flag && valueAt(text, at + flag[0].length);
    if (!found) return undefined;
    args[flag[1] as string] = found.value;
    at = skipBlanks(text, found.end);
    if (text[at] === ",") at = skipBlanks(text, at + 1);
  }
  return undefined;
}

/** JSON, or a bare word: a number, a truth, else text. */
function valueAt(text: string, from: number): Found | undefined {
  if (/["[{]/.test(text[from] ?? "")) return jsonAt(text, from);
  WORD.lastIndex = from;
  const word = WORD.exec(text)?.[0];
  return word === undefined || word.startsWith("--")
    ? undefined
    : { value: parseLoose(word) ?? word, end: from + word.length };
}
