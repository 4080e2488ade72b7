/**
 * JSON as it arrives from others: parsed without trust, its types checked without casts.
 *
 * @module
 */

/** Any JSON value. */
export type Json = null | boolean | number | string | Json[] | JsonObject;

/** A JSON object; a key that is absent reads as `undefined`. */
export interface JsonObject {
  [key: string]: Json | undefined;
}

/**
 * Most levels of arrays and objects inside one another. A deeper text counts as no JSON: walking or writing it would
 * overflow the stack, and Codex itself reads no more than 128 levels (serde's limit).
 */
export const MAX_DEPTH = 512;

/** Whether a value is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Parses JSON text; `undefined` when it is not JSON, or nested deeper than {@link MAX_DEPTH}. */
export function parseJson(text: string): Json | undefined {
  if (!mayBeJson(text) || tooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The value if it is a string that is not empty, else `undefined`. */
export function filled(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** Whether the arrays and objects of a JSON text are nested deeper than {@link MAX_DEPTH}. */
export function tooDeep(text: string): boolean {
  if (text.length <= 2 * MAX_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = closingQuote(text, at + 1);
      if (at < 0) return false; // no JSON at all
    } else if (code === 0x5b || code === 0x7b) {
      if (++depth > MAX_DEPTH) return true;
    } else if (code === 0x5d || code === 0x7d) depth--;
  }
  return false;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const FIRST: ReadonlySet<number> = new Set(
  [...'{["-0123456789tfn'].map((char) => char.charCodeAt(0)),
);

/** Whether a text begins as JSON must. A parse error costs twenty times as much as reading a small object. */
function mayBeJson(text: string): boolean {
  let at = 0;
  let code = text.charCodeAt(0);
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) {
    code = text.charCodeAt(++at);
  }
  return FIRST.has(code);
}

/** Where the string whose contents begin at `from` has its closing quote, or -1. */
export function closingQuote(text: string, from: number): number {
  for (let at = text.indexOf('"', from); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (before >= from && text.charCodeAt(before) === BACKSLASH) before--;
    if ((at - before) % 2 === 1) return at;
  }
  return -1;
}

/** Where the object, list or string that begins at a place ends; `undefined` where it does not. */
export function valueEnd(text: string, from: number): number | undefined {
  if (text[from] === '"') return closingQuote(text, from + 1) + 1 || undefined;
  if (text[from] !== "{" && text[from] !== "[") return undefined;
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      at = closingQuote(text, at + 1);
      if (at < 0) return undefined;
    } else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return at + 1;
  }
  return undefined;
}
