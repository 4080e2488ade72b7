/**
 * The JSON object that an answer was to be, found in what a model wrote: alone, in a code fence, between sentences.
 *
 * Nothing is made up: the object stands in the text as it is returned.
 *
 * @module
 */

import { isObject, type Json, type JsonObject, parseJson, valueEnd } from "../../base/json.ts";
import { readArguments } from "./read_arguments.ts";
import { Schemas } from "./schemas.ts";

/** Most places at which an object is looked for. */
const MOST_BEGINS = 16;
/** Most levels at which a choice of values is compared. */
const MOST_LEVELS = 8;

/** An object that was found. */
export interface AnswerObject {
  /** Its JSON, as it stands in the text. */
  readonly text: string;
  /** Whether it is as the schema wants it, as far as that can be told. */
  readonly fits: boolean;
}

/**
 * Finds the object: the whole text where it is one, else the last one that fits the schema, else the last one.
 *
 * @returns `undefined` where there is none
 */
export function answerObject(text: string, schema: JsonObject): AnswerObject | undefined {
  const schemas = new Schemas(schema);
  const fits = (value: JsonObject) => schemas.fits(value) && chosen(value, schema, schemas, 0);
  const whole = parseJson(text);
  if (isObject(whole)) return { text, fits: fits(whole) };
  const read = readArguments(text, fits);
  if (read !== undefined) return { text: read, fits: fits(parseJson(read) as JsonObject) };
  let last: AnswerObject | undefined;
  for (let at = text.indexOf("{"), n = 0; at >= 0 && n < MOST_BEGINS; n++) {
    const end = valueEnd(text, at);
    const own = end === undefined ? "" : text.slice(at, end);
    const value = parseJson(own);
    if (isObject(value)) {
      const found = { text: own, fits: fits(value) };
      if (found.fits || !last?.fits) last = found;
    }
    at = text.indexOf("{", isObject(value) && end !== undefined ? end : at + 1);
  }
  return last;
}

/** Whether every value is one of those that its schema lists. */
function chosen(value: Json, schema: Json | undefined, schemas: Schemas, level: number): boolean {
  if (!isObject(schema) || level > MOST_LEVELS) return true;
  const { enum: values } = schema;
  if (Array.isArray(values) && !isObject(value) && !Array.isArray(value)) {
    if (!values.includes(value)) return false;
  }
  if (Array.isArray(value)) {
    const items = schemas.items(schema);
    return value.every((each) => chosen(each, items, schemas, level + 1));
  }
  return !isObject(value) ||
    Object.entries(value).every(([key, each]) =>
      each === undefined || chosen(each, schemas.property(schema, key), schemas, level + 1)
    );
}
