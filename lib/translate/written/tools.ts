/**
 * What the reading of written calls has to know of the tools, and what it finds.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";

/** The tools that may be called. */
export interface WrittenTools {
  /** How many there are; with none, no call is searched. */
  readonly size: number;
  /** The name under which a tool is called, by any spelling of it; `undefined` for a tool that nobody declared. */
  nameOf(name: string): string | undefined;
  /** The schema of its parameters, where it is known. */
  schema(name: string): JsonObject | undefined;
  /** Whether a tool takes text that is no JSON, under the name `input`. */
  takesText(name: string): boolean;
  /** Whether the calls of such a tool are items of their own kind on the provider's wire. */
  isCustom(name: string): boolean;
  /** Whether any tool has a parameter of this name. */
  hasParameter(key: string): boolean;
}

/** A call that was written out as text. */
export interface WrittenCall {
  /** `""`: the arguments alone were left in the text; they belong to a call that came without them. */
  readonly name: string;
  /** JSON of an object. */
  readonly args: string;
}

/** Longest name of a parameter. */
export const MAX_KEY = 256;

/** No tools. */
export const NO_TOOLS: WrittenTools = plainTools(new Set());

/** Tools by their names, where nothing else is known of them. @param tools a set of names, or a map to their schemas */
export function plainTools(tools: {
  readonly size: number;
  has(name: string): boolean;
  keys(): Iterable<string>;
  get?(name: string): JsonObject | undefined;
}): WrittenTools {
  return {
    size: tools.size,
    nameOf(name) {
      const bare = name.replace(/^functions?[.:]/, "");
      return tools.has(name) ? name : tools.has(bare) ? bare : undefined;
    },
    schema: (name) => tools.get?.(name),
    takesText: () => false,
    isCustom: () => false,
    hasParameter: parameterLookup(() => [...tools.keys()].map((name) => tools.get?.(name))),
  };
}

/** Looks parameters up in schemas, which are asked for once. */
export function parameterLookup(
  schemas: () => Iterable<JsonObject | undefined>,
): (key: string) => boolean {
  let keys: Set<string> | undefined;
  return (key) => {
    if (!keys) {
      keys = new Set();
      for (const schema of schemas()) {
        const { properties } = schema ?? {};
        if (typeof properties !== "object" || properties === null) continue;
        for (const each of Object.keys(properties)) keys.add(each);
      }
    }
    return keys.has(key);
  };
}
