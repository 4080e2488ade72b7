/**
 * What the parameter schema of one tool says of a place in its arguments: which types it takes, what stands below it.
 *
 * It reads as much of JSON Schema as is needed to tell two readings of the same arguments apart; what it does not know
 * it takes to allow everything. Work is bounded whatever the schema holds: references may form circles and trees.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Most references followed one after the other, and most levels of arguments that are compared with a schema. */
const MOST_NESTED = 32;
/** Most schemas looked at for one place: alternatives, and alternatives of those. */
const MOST_LOOKED_AT = 64;

const CHOICES = ["anyOf", "oneOf", "allOf"] as const;

/** The type of a value in JSON Schema's words; a whole number is an `integer`. */
function typeName(value: Json | undefined): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return Number.isInteger(value) ? "integer" : typeof value;
}

/** Whether a place that takes these types takes a value. @param types `undefined`: all */
export function takes(types: ReadonlySet<string> | undefined, value: Json | undefined): boolean {
  if (!types) return true;
  const name = typeName(value);
  return types.has(name) || (name === "integer" && types.has("number"));
}

/** The schema of one tool's parameters, with everything that its references name. */
export class Schemas {
  readonly #types = new Map<JsonObject, ReadonlySet<string> | undefined>();

  constructor(readonly root: JsonObject) {}

  /** The types that a place takes; `undefined` where it says nothing of them. */
  types(schema: Json | undefined, depth = 0): ReadonlySet<string> | undefined {
    const own = this.#resolve(schema);
    if (!own || depth > MOST_NESTED) return undefined;
    if (!this.#types.has(own)) {
      this.#types.set(own, undefined); // a circle says nothing
      this.#types.set(own, this.#typesOf(own, depth + 1));
    }
    return this.#types.get(own);
  }

  /** The schema of a property; `undefined` where nothing is said of it. */
  property(schema: Json | undefined, key: string): Json | undefined {
    return this.#below(
      schema,
      ({ properties, additionalProperties }) =>
        isObject(properties) && Object.hasOwn(properties, key)
          ? properties[key]
          : isObject(additionalProperties)
          ? additionalProperties
          : undefined,
    );
  }

  /** The schema of a list's elements; `undefined` where nothing is said of them, or of each something else. */
  items(schema: Json | undefined): Json | undefined {
    return this.#below(
      schema,
      ({ items, prefixItems }) => isObject(items) && prefixItems === undefined ? items : undefined,
    );
  }

  /** Whether a value is of the type that is asked for, with all that is required in it, as deep as the schema tells. */
  fits(value: Json | undefined, schema: Json | undefined = this.root, depth = 0): boolean {
    if (!takes(this.types(schema), value)) return false;
    if (schema === undefined || depth > MOST_NESTED) return true;
    if (Array.isArray(value)) {
      const items = this.items(schema);
      return items === undefined || value.every((each) => this.fits(each, items, depth + 1));
    }
    if (!isObject(value)) return true;
    const required = this.#resolve(schema)?.required;
    const missing = Array.isArray(required) &&
      required.some((key) => typeof key === "string" && !Object.hasOwn(value, key));
    return !missing && Object.entries(value).every(([key, each]) => {
      const below = this.property(schema, key);
      return below === undefined || this.fits(each, below, depth + 1);
    });
  }

  #typesOf(own: JsonObject, depth: number): ReadonlySet<string> | undefined {
    const { type } = own;
    if (typeof type === "string") return new Set([type]);
    if (Array.isArray(type)) return new Set(type.filter((each) => typeof each === "string"));
    if (Array.isArray(own.enum)) return new Set(own.enum.map(typeName));
    if (own.const !== undefined) return new Set([typeName(own.const)]);
    const choices = own.anyOf ?? own.oneOf;
    if (Array.isArray(choices)) {
      const each = choices.map((choice) => this.types(choice, depth));
      return each.some((types) => !types)
        ? undefined
        : new Set(each.flatMap((types) => [...types ?? []]));
    }
    for (const part of Array.isArray(own.allOf) ? own.allOf : []) {
      const types = this.types(part, depth);
      if (types) return types;
    }
    return isObject(own.properties) ? new Set(["object"]) : undefined;
  }

  /** What the schema, or its alternatives, say of something below it. */
  #below(
    schema: Json | undefined,
    pick: (own: JsonObject) => Json | undefined,
  ): Json | undefined {
    const found: Json[] = [];
    const waiting: (Json | undefined)[] = [schema];
    for (let at = 0; at < waiting.length && at < MOST_LOOKED_AT; at++) {
      const own = this.#resolve(waiting[at]);
      if (!own) continue;
      const below = pick(own);
      if (below !== undefined) found.push(below);
      for (const choice of CHOICES) {
        const more = own[choice];
        if (Array.isArray(more)) {
          for (const each of more.slice(0, MOST_LOOKED_AT)) waiting.push(each);
        }
      }
    }
    return found.length > 1 ? { anyOf: found } : found[0];
  }

  /** The schema itself where it stands elsewhere; `undefined` where it is none. */
  #resolve(schema: Json | undefined): JsonObject | undefined {
    let at = schema;
    for (let step = 0; step < MOST_NESTED && isObject(at); step++) {
      if (typeof at.$ref !== "string") return at;
      at = this.#named(at.$ref);
    }
    return undefined;
  }

  /** What `#/$defs/name` names. */
  #named(reference: string): Json | undefined {
    if (!reference.startsWith("#")) return undefined;
    let at: Json | undefined = this.root;
    for (const part of reference.split("/").slice(1, 1 + MOST_NESTED)) {
      const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
      if (Array.isArray(at)) at = at[Number(key)];
      else if (isObject(at) && Object.hasOwn(at, key)) at = at[key];
      else return undefined;
    }
    return at;
  }
}
