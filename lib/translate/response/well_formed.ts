/**
 * JSON without lone surrogates: JavaScript reads the escape of half a character, strict parsers refuse it.
 *
 * @module
 */

import { isObject, type Json } from "../../base/json.ts";

/** The value with `U+FFFD` for each lone surrogate, in keys too; the same value where there is none. */
export function wellFormed(value: Json): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) {
    const list = value.map(wellFormed);
    return list.every((each, at) => each === value[at]) ? value : list;
  }
  if (!isObject(value)) return value;
  let same = true;
  const entries = Object.entries(value).map(([key, each]) => {
    const name = key.toWellFormed();
    const fixed = each === undefined ? each : wellFormed(each);
    same &&= name === key && fixed === each;
    return [name, fixed] as const;
  });
  return same ? value : Object.fromEntries(entries);
}
