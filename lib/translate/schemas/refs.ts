/**
 * A schema without references: what each `$ref` names takes its place.
 *
 * What would contain itself becomes `{}`, which allows everything; so does what is too much. The size of the result is
 * bounded by the {@link Allowance}, whatever refers to what.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** How much the references of one request may add, in characters of JSON. A server's largest real schema has 60 K. */
const MAX_ADDED = 1 << 20;
/** How much those of one schema may add. */
const MAX_ADDED_BY_ONE = 1 << 16;
/** How deep references may stand in one another. */
const MAX_REF_DEPTH = 48;
/** What punctuation around a key and a value costs. */
const PUNCTUATION = 8;

/** Keywords whose value is a map of schemas by name. */
export const MAPS: ReadonlySet<string> = new Set(
  ["properties", "patternProperties", "$defs", "definitions", "dependentSchemas"],
);
/** Keywords whose value is a schema or a list of them. Values of all others are data. */
export const NESTED: ReadonlySet<string> = new Set(
  ("items prefixItems anyOf oneOf allOf additionalProperties not if then else contains propertyNames " +
    "unevaluatedItems unevaluatedProperties additionalItems").split(" "),
);

/** What is left of {@link MAX_ADDED}; shared by the schemas of one request. */
export class Allowance {
  #left: number;

  constructor(left: number = MAX_ADDED) {
    this.#left = left;
  }

  get left(): number {
    return this.#left;
  }

  /** Takes what a schema may add, and gives back what it did not. */
  share(run: (own: Allowance) => JsonObject): JsonObject {
    const most = Math.min(this.#left, MAX_ADDED_BY_ONE);
    const own = new Allowance(most);
    const result = run(own);
    this.#left -= most - Math.max(0, own.left);
    return result;
  }

  spend(amount: number): void {
    this.#left -= amount;
  }
}

/** Puts what is referred to in the place of the references; the same object where there are none. */
export function inlineRefs(schema: JsonObject, allowance: Allowance): JsonObject {
  return new Inliner(schema, allowance).schema(schema);
}

class Inliner {
  readonly #root: JsonObject;
  readonly #allowance: Allowance;
  /** The schemas around the one that is read. */
  readonly #open = new Set<JsonObject>();
  /** Definitions by their `$anchor`; filled when the first one is asked for. */
  #anchors: Map<string, JsonObject> | undefined;
  /** References that are being followed; 0: what is read stands in the schema itself and costs nothing. */
  #refs = 0;

  constructor(root: JsonObject, allowance: Allowance) {
    this.#root = root;
    this.#allowance = allowance;
  }

  schema(node: JsonObject): JsonObject {
    if (this.#open.has(node) || this.#isSpent()) return {};
    this.#open.add(node);
    try {
      return typeof node.$ref === "string" ? this.#follow(node, node.$ref) : this.#children(node);
    } finally {
      this.#open.delete(node);
    }
  }

  #isSpent(): boolean {
    return this.#refs > 0 && (this.#allowance.left <= 0 || this.#refs > MAX_REF_DEPTH);
  }

  #follow({ $ref: _, ...beside }: JsonObject, ref: string): JsonObject {
    const own = this.#children(beside);
    this.#charge(ref.length);
    const target = this.#find(ref);
    if (target === undefined) return own;
    this.#refs++;
    try {
      const named = this.schema(target);
      const properties = isObject(named.properties) && isObject(own.properties)
        ? { properties: { ...named.properties, ...own.properties } }
        : {};
      return { ...named, ...own, ...properties };
    } finally {
      this.#refs--;
    }
  }

  #children(node: JsonObject): JsonObject {
    let changed = false;
    const entries: [string, Json | undefined][] = [];
    for (const [key, value] of Object.entries(node)) {
      if (key === "$defs" || key === "definitions") {
        changed = true;
        continue;
      }
      const fresh = MAPS.has(key) && isObject(value)
        ? this.#map(value)
        : NESTED.has(key)
        ? this.#nested(value)
        : this.#data(key, value);
      changed ||= fresh !== value;
      entries.push([key, fresh]);
    }
    return changed ? Object.fromEntries(entries) : node;
  }

  #map(map: JsonObject): JsonObject {
    const entries = Object.entries(map).map(([name, value]) => {
      this.#charge(name.length + PUNCTUATION);
      return [name, this.#nested(value)] as const;
    });
    return entries.some(([name, value]) => value !== map[name]) ? Object.fromEntries(entries) : map;
  }

  #nested(value: Json | undefined): Json | undefined {
    this.#charge(PUNCTUATION);
    if (isObject(value)) return this.schema(value);
    if (!Array.isArray(value)) return value;
    const list = value.map((each) => isObject(each) ? this.schema(each) : each);
    return list.some((each, at) => each !== value[at]) ? list : value;
  }

  /** Data is taken as it is, and left out where it is too long to be said again. */
  #data(key: string, value: Json | undefined): Json | undefined {
    if (this.#refs === 0) return value;
    const size = sizeOf(value, this.#allowance.left);
    this.#charge(key.length + size + PUNCTUATION);
    return this.#allowance.left < 0 ? undefined : value;
  }

  /** What a reference names: a path from the root, or an anchor of a definition. */
  #find(ref: string): JsonObject | undefined {
    if (ref === "#") return this.#root;
    if (!ref.startsWith("#")) return undefined;
    if (!ref.startsWith("#/")) return (this.#anchors ??= anchorsOf(this.#root)).get(ref.slice(1));
    let at: Json | undefined = this.#root;
    for (const step of ref.slice(2).split("/")) {
      const name = unescaped(step);
      if (Array.isArray(at)) at = at[Number(name)];
      else if (isObject(at) && Object.hasOwn(at, name)) at = at[name];
      else return undefined;
    }
    return isObject(at) ? at : undefined;
  }

  #charge(amount: number): void {
    if (this.#refs > 0) this.#allowance.spend(amount);
  }
}

/** Characters of data, about; no further than `most`. */
function sizeOf(value: Json | undefined, most: number): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value !== "object" || value === null) return PUNCTUATION;
  let size = 2;
  for (const [key, each] of Object.entries(value)) {
    size += (Array.isArray(value) ? 1 : key.length + 4) + sizeOf(each, most - size);
    if (size > most) return size;
  }
  return size;
}

function anchorsOf({ $defs, definitions }: JsonObject): Map<string, JsonObject> {
  const anchors = new Map<string, JsonObject>();
  for (const map of [$defs, definitions]) {
    for (const each of isObject(map) ? Object.values(map) : []) {
      if (isObject(each) && typeof each.$anchor === "string") anchors.set(each.$anchor, each);
    }
  }
  return anchors;
}

function unescaped(step: string): string {
  let text = step;
  try {
    text = decodeURIComponent(step);
  } catch {
    // not written as a URI: taken as it is
    text = step;
  }
  return text.replaceAll("~1", "/").replaceAll("~0", "~");
}
