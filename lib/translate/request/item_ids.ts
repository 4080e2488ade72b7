/**
 * Ids of items that change their type: `ctc_1` becomes `fc_1` again, after restoring tools had made it `ctc_1`.
 *
 * No two items of a request end up with the same id.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** The `id` field under a new prefix; no field where there was none. */
export type Rename = (id: Json | undefined, prefix: string) => JsonObject;

/** Maps the ids of one input. An id that would become equal to another keeps its own prefix behind the new one. */
export function idMapper(input: readonly Json[]): Rename {
  const taken = new Set(input.map((item) => isObject(item) ? item.id : undefined));
  /** The next number to try for a spelling that is taken. */
  const counts = new Map<string, number>();
  return (id, prefix) => {
    if (typeof id !== "string" || id.startsWith(prefix)) {
      return typeof id === "string" ? { id } : {};
    }
    let mapped = prefix + id.replace(/^[a-z]{2,5}_/, "");
    if (taken.has(mapped)) mapped = prefix + id;
    if (taken.has(mapped)) {
      let count = counts.get(mapped) ?? 2;
      const base = mapped;
      while (taken.has(mapped)) mapped = `${base}_${count++}`;
      counts.set(base, count);
    }
    taken.add(mapped);
    return { id: mapped };
  };
}
