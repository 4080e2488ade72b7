/**
 * Tells which of the calls that were written out as text an answer has made as real calls too.
 *
 * @module
 */

import { isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import type { WrittenCall, WrittenTools } from "./tools.ts";

/** A call that the model made. */
export interface RealCall {
  readonly name: string;
  /** JSON text. */
  readonly args: string;
}

/** What becomes of written calls beside real ones. */
interface Settled {
  /** The written calls that nobody made. */
  readonly own: readonly WrittenCall[];
  /** The arguments of real calls that came without them, by their place in the list. */
  readonly filled: ReadonlyMap<number, string>;
  /** Whether written arguments without a name found no call. */
  readonly lost: boolean;
}

/**
 * Compares. A written call is a real one where the tool is the same and one has all the arguments of the other; a real one
 * with fewer gets those that were written. Each real call stands for one written call.
 */
export function settleCalls(
  written: readonly WrittenCall[],
  real: readonly RealCall[],
  tools: WrittenTools,
): Settled {
  const own: WrittenCall[] = [];
  const filled = new Map<number, string>();
  const used = new Set<number>();
  let lost = false;
  const read = real.map(({ name, args }) => ({
    name: tools.nameOf(name) ?? name,
    args: readArgs(args),
  }));
  for (const call of written) {
    const args = readArgs(call.args);
    const at = read.findIndex((each, place) =>
      !used.has(place) && (call.name === "" ? isEmpty(each.args) : each.name === call.name) &&
      each.args !== undefined && args !== undefined &&
      (isWithin(each.args, args) || (call.name !== "" && isWithin(args, each.args)))
    );
    const found = read[at];
    if (!found || !args) {
      if (call.name === "") lost = true;
      else own.push(call);
      continue;
    }
    used.add(at);
    if (Object.keys(args).length > Object.keys(found.args ?? {}).length) filled.set(at, call.args);
  }
  return { own, filled, lost };
}

function readArgs(text: string): JsonObject | undefined {
  const said = text.trim();
  if (said === "" || said === "null" || said === '""') return {};
  const value = parseJson(said);
  return isObject(value) ? value : undefined;
}

function isEmpty(args: JsonObject | undefined): boolean {
  return args !== undefined && Object.keys(args).length === 0;
}

/** Whether every argument of one stands in the other, whatever its type was written as. */
function isWithin(few: JsonObject, many: JsonObject): boolean {
  return Object.entries(few).every(([key, value]) =>
    Object.hasOwn(many, key) && plain(value) === plain(many[key])
  );
}

function plain(value: Json | undefined): string {
  return typeof value === "string" ? value.trim() : JSON.stringify(value) ?? "";
}
