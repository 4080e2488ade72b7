/**
 * Arguments of a finished call that are no JSON object, read as the object that was meant.
 *
 * Nothing is guessed: each form below is the work of a parser, template or relay between the model and here, and what
 * the object says stood in the text. A text that was cut inside a value is not completed: half a command is another one.
 *
 * @module
 */

import {
  closingQuote,
  isObject,
  type Json,
  type JsonObject,
  MAX_DEPTH,
  parseJson,
  valueEnd,
} from "../../base/json.ts";

/** How many times the object may have been encoded as a string. */
const MOST_ENCODED = 3;
/** Most values that stand one behind the other. */
const MOST_VALUES = 16;
/** Most places at which the object is tried to begin anew. */
const MOST_BEGINS = 8;
/** Longest text behind an object that is looked at, in characters. */
const MOST_BEHIND = 1024;
/** What may stand there and says nothing: brackets too many, the special tokens that a server left in. */
const NOTHING = /^(?:[\])}\s]|<[^<>{}"]{1,64}>)*$/;

/** Whether an object has all that is required, in the right types. */
export type Fits = (value: JsonObject) => boolean;

/**
 * The text of the object; `undefined` where none can be told. In this order:
 * 1. an object as it stands; one encoded as a string, up to three times;
 * 2. an object with nothing but brackets or special tokens around it; the same one several times; one behind `{}`;
 * 3. a beginning of the object, then all of it: a stream that was flushed at its end;
 * 4. an object whose quotes are all escaped;
 * 5. an object that lacks nothing but its last braces, and fits;
 * 6. any of these with bare line breaks and tabs inside strings.
 */
export function readArguments(text: string, fits: Fits, encoded = 0): string | undefined {
  const whole = text.trim();
  const value = parseJson(whole);
  if (isObject(value)) return whole;
  if (typeof value === "string") {
    return encoded < MOST_ENCODED ? readArguments(value, fits, encoded + 1) : undefined;
  }
  if (value !== undefined) return undefined;
  const found = oneOfSeveral(whole, fits, encoded) ?? flushed(whole, fits) ??
    unescaped(whole, fits, encoded) ?? closed(whole, fits);
  if (found !== undefined) return found;
  const escaped = withoutControls(whole);
  return escaped === whole ? undefined : readArguments(escaped, fits, encoded);
}

/** The one object among values that stand one behind the other. */
function oneOfSeveral(text: string, fits: Fits, encoded: number): string | undefined {
  const found = new Map<string, { text: string; value: JsonObject }>();
  let at = 0;
  while (text[at] === "}" || text[at] === "]" || isBlank(text, at)) at++;
  for (let count = 0; count < MOST_VALUES; count++) {
    const end = valueEnd(text, at);
    if (end === undefined) break;
    const own = text.slice(at, end);
    let value: Json | undefined = parseJson(own);
    let object: string | undefined = own;
    if (typeof value === "string") {
      object = encoded < MOST_ENCODED ? readArguments(value, fits, encoded + 1) : undefined;
      value = object === undefined ? undefined : parseJson(object);
    }
    if (object === undefined || !isObject(value)) return undefined;
    found.set(JSON.stringify(value), { text: object, value });
    at = end;
    while (isBlank(text, at)) at++;
  }
  const behind = text.length - at;
  if (found.size === 0 || behind > MOST_BEHIND || !NOTHING.test(text.slice(at))) return undefined;
  if (found.size > 1) found.delete("{}");
  const all = [...found.values()];
  if (all.length === 1) return all[0]?.text;
  const fitting = all.filter(({ value }) => fits(value));
  return fitting.length === 1 ? fitting[0]?.text : undefined;
}

/**
 * A beginning, then the whole: `{"cmd": "ec{"cmd": "echo hi"}`. Blanks do not count, for the whole is often written by
 * another hand. The comparisons are bounded together, so that a text of braces costs what it is long.
 */
function flushed(text: string, fits: Fits): string | undefined {
  let left = 8 * text.length;
  let tries = 0;
  for (let at = text.indexOf("{", 1); at > 0 && left > 0; at = text.indexOf("{", at + 1)) {
    const compared = repeats(text, at);
    left -= Math.abs(compared) + 1;
    if (compared < 0) continue;
    const found = oneOfSeveral(text.slice(at), fits, MOST_ENCODED);
    if (found !== undefined) return found;
    if (++tries === MOST_BEGINS) return undefined;
  }
  return undefined;
}

/** Whether all before a place stands behind it again: how much was compared, negative where it does not. */
function repeats(text: string, begin: number): number {
  let first = 0;
  let second = begin;
  for (; first < begin; first++) {
    if (isBlank(text, first)) continue;
    while (isBlank(text, second)) second++;
    if (text[first] !== text[second]) return begin - second - first - 1;
    second++;
  }
  return second - begin + first;
}

function isBlank(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 0x20 || (code >= 0x09 && code <= 0x0d);
}

/** `{\"cmd\":\"ls\"}`: the quotes around it were lost. */
function unescaped(text: string, fits: Fits, encoded: number): string | undefined {
  if (!/^\{\s*\\"/.test(text) || encoded >= MOST_ENCODED) return undefined;
  const value = parseJson(`"${text}"`);
  return typeof value === "string" ? readArguments(value, fits, encoded + 1) : undefined;
}

/** The braces that are missing at the end. A number there may have had more digits, a list more elements: both stay cut. */
function closed(text: string, fits: Fits): string | undefined {
  if (/[\d.+-]$/.test(text)) return undefined;
  const open: string[] = [];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      at = closingQuote(text, at + 1);
      if (at < 0) return undefined;
    } else if (char === "{") open.push("}");
    else if (char === "[") open.push("]");
    else if ((char === "}" || char === "]") && open.pop() !== char) return undefined;
    if (open.length > MAX_DEPTH) return undefined;
  }
  if (open.includes("]")) return undefined;
  const complete = text + open.join("");
  const value = parseJson(complete);
  return isObject(value) && fits(value) ? complete : undefined;
}

const CONTROL = /\p{Cc}/u;
const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** The text with what JSON wants escaped inside its strings escaped there; itself where there is nothing of the kind. */
function withoutControls(text: string): string {
  if (!CONTROL.test(text)) return text;
  const out: string[] = [];
  let kept = 0;
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) {
    const end = closingQuote(text, at + 1);
    if (end < 0) break;
    const string = text.slice(at, end);
    if (CONTROL.test(string)) {
      out.push(text.slice(kept, at), string.replace(/\p{Cc}/gu, escape));
      kept = end;
    }
    at = end;
  }
  return kept === 0 ? text : out.join("") + text.slice(kept);
}

function escape(char: string): string {
  return ESCAPES[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
