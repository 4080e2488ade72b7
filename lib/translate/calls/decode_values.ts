/**
 * Values of arguments in the types that the tool's schema takes: a list that was written as a string, `20000.0` for a
 * whole number.
 *
 * Only such a value is exchanged, in the text itself: everything around it stays byte for byte, whatever a parser would
 * have lost of it. A value that the schema takes as it is, or of which it says nothing, stays.
 *
 * @module
 */

import { closingQuote, isObject, type Json, parseJson } from "../../base/json.ts";
import { type Schemas, takes } from "./schemas.ts";

/** How many times one inside another a value may have been written as a string. */
const MOST_ENCODED = 3;

/** An object or list that the scan is in. */
interface Frame {
  readonly schema: Json | undefined;
  /** The schema of each element; of an object, nothing. */
  readonly items: Json | undefined;
  readonly list: boolean;
}

/**
 * Decodes what the schema wants decoded.
 *
 * @param text valid JSON
 * @param schema what is known of its value
 * @returns the very same text where nothing had to be
 */
export function decodeValues(
  text: string,
  schemas: Schemas,
  schema: Json | undefined = schemas.root,
  encoded = 0,
): string {
  const out: string[] = [];
  const frames: Frame[] = [];
  let kept = 0;
  let here: Json | undefined = schema;
  let keyNext = false;
  for (let at = 0; at < text.length;) {
    const char = text[at] as string;
    const begin = at++;
    let value: string | undefined;
    if (char === '"') {
      at = closingQuote(text, at) + 1;
      if (at === 0) return text;
      const token = text.slice(begin, at);
      if (keyNext) {
        const key = JSON.parse(token) as string;
        here = here === undefined ? undefined : schemas.property(here, key);
        keyNext = false;
      } else value = decodeString(token, schemas, here, encoded);
    } else if (char === "{" || char === "[") {
      const list = char === "[";
      const items = list && here !== undefined ? schemas.items(here) : undefined;
      frames.push({ schema: here, items, list });
      if (list) here = items;
      keyNext = !list;
    } else if (char === "}" || char === "]") {
      frames.pop();
      keyNext = false;
    } else if (char === ",") {
      const frame = frames.at(-1);
      here = frame?.list ? frame.items : frame?.schema;
      keyNext = frame?.list === false;
    } else if (char === "-" || (char >= "0" && char <= "9")) {
      while (at < text.length && /[\d.eE+-]/.test(text[at] as string)) at++;
      value = decodeNumber(text.slice(begin, at), schemas, here);
    }
    if (value === undefined) continue;
    out.push(text.slice(kept, begin), value);
    kept = at;
  }
  return kept === 0 ? text : out.join("") + text.slice(kept);
}

/** A string where the schema takes none, but takes what it holds. */
function decodeString(
  token: string,
  schemas: Schemas,
  schema: Json | undefined,
  encoded: number,
): string | undefined {
  const types = schemas.types(schema);
  if (!types || types.has("string") || encoded >= MOST_ENCODED) return undefined;
  const text = (JSON.parse(token) as string).trim();
  if (types.has("boolean") && /^(?:true|false)$/i.test(text)) return text.toLowerCase();
  const value = parseJson(text);
  if (value === undefined) return undefined;
  if (typeof value === "string") return decodeString(text, schemas, schema, encoded + 1);
  if (!takes(types, value)) return undefined;
  return Array.isArray(value) || isObject(value) || typeof value === "number"
    ? decodeValues(text, schemas, schema, encoded + 1)
    : text;
}

/** `20000.0` and `2e4` where a number is taken: Codex declares `number` for what it reads as a whole one. */
function decodeNumber(
  token: string,
  schemas: Schemas,
  schema: Json | undefined,
): string | undefined {
  if (!/[.eE]/.test(token)) return undefined;
  const types = schemas.types(schema);
  const value = Number(token);
  const taken = types && (types.has("integer") || types.has("number"));
  return taken && Number.isSafeInteger(value) ? String(value) : undefined;
}
