/**
 * Unions and joins of schemas in the forms that a dialect takes: `oneOf` as `anyOf`, a union of objects as one object,
 * `allOf` as what it says together.
 *
 * Where a form cannot say the same, it allows more, and the description says the rest.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Longest addition to a description, in characters. */
const MAX_NOTE = 300;
/** Keywords that only speak of a value. */
const ANNOTATIONS: ReadonlySet<string> = new Set(
  "title description default examples deprecated readOnly writeOnly $comment".split(" "),
);

/** Adds a sentence to the description. */
export function withNote(schema: JsonObject, note: string): JsonObject {
  const short = note.length > MAX_NOTE ? `${note.slice(0, MAX_NOTE)}…` : note;
  const before = filled(schema.description);
  return { ...schema, description: before === undefined ? short : `${before} (${short})` };
}

/** The parts of `allOf`, joined to the schema they stand in. */
export function joinAll({ allOf, ...schema }: JsonObject): JsonObject {
  if (!Array.isArray(allOf)) return schema;
  const parts = allOf.filter(isObject);
  // Entries, not assignments: a property called `__proto__` is a property.
  const properties = Object.fromEntries(
    [...parts, schema].flatMap((part) => Object.entries(propertiesOf(part))),
  );
  const required = new Set([...parts, schema].flatMap(requiredOf));
  return {
    ...Object.fromEntries([...parts, schema].flatMap((part) => Object.entries(part))),
    ...(Object.keys(properties).length > 0 ? { properties } : {}),
    ...(required.size > 0 ? { required: [...required] } : {}),
  };
}

/** A union in a schema, apart from everything that a dialect does not take beside it. At the root it becomes one object. */
export function unionApart(schema: JsonObject, root: boolean): JsonObject {
  const { anyOf, oneOf, ...rest } = schema;
  const list = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : undefined;
  if (list === undefined) return schema;
  const branches = list.filter(isObject);
  if (branches.length === 0) return rest;
  const parent = Array.isArray(anyOf) && Array.isArray(oneOf)
    ? withNote(rest, "one of several forms")
    : rest;
  const beside = Object.keys(parent).filter((key) => !ANNOTATIONS.has(key));
  if (root) return joinUnion(parent, branches);
  if (beside.length === 0) {
    const same = list === anyOf && oneOf === undefined && branches.length === list.length;
    return same ? schema : { ...parent, anyOf: branches };
  }
  if (beside.length === 1 && parent.type !== undefined) {
    const { type, ...words } = parent;
    return {
      ...words,
      anyOf: branches.map((branch) => isTyped(branch) ? branch : { type, ...branch }),
    };
  }
  return isOfObject(parent) && branches.every(isOfObject)
    ? joinUnion(parent, branches)
    : withNote(parent, `any of: ${noteOf(branches)}`);
}

/** One object that allows what any of the branches allows: all their properties, required where all require it. */
function joinUnion(parent: JsonObject, branches: readonly JsonObject[]): JsonObject {
  const flat = branches.flatMap((branch) => forms(branch)).filter(isOfObject);
  const variants = new Map<string, Variants>();
  for (const branch of flat) {
    for (const [name, schema] of Object.entries(propertiesOf(branch))) {
      let known = variants.get(name);
      if (!known) variants.set(name, known = new Variants());
      known.add(schema ?? {});
    }
  }
  const properties = Object.fromEntries([
    ...[...variants].map(([name, known]) => [name, known.schema()] as const),
    ...Object.entries(propertiesOf(parent)),
  ]);
  const required = new Set(requiredOf(parent));
  for (const name of inAll(flat.map(requiredOf))) required.add(name);
  const closed = flat.length > 0 && flat.every((each) => each.additionalProperties === false);
  const groups = flat.map((each) => requiredOf(each).filter((name) => !required.has(name)));
  const { required: _, ...rest } = parent;
  const joined: JsonObject = {
    ...rest,
    type: "object",
    properties,
    ...(required.size > 0 ? { required: [...required] } : {}),
    ...(closed && parent.additionalProperties === undefined ? { additionalProperties: false } : {}),
  };
  return groups.some((group) => group.length > 0)
    ? withNote(joined, `give one of: ${groupsOf(groups)}`)
    : joined;
}

/** The different schemas that one property has in the branches of a union. */
class Variants {
  readonly #schemas = new Map<string, Json>();

  add(schema: Json): void {
    this.#schemas.set(JSON.stringify(schema), schema);
  }

  schema(): Json {
    const all = [...this.#schemas.values()];
    const [first = {}] = all;
    if (all.length === 1) return first;
    const choices = all.map(choicesOf);
    const types = new Set(all.map((each) => isObject(each) ? JSON.stringify(each.type) : ""));
    if (choices.every((each) => each !== undefined) && types.size === 1 && isObject(first)) {
      const { const: _, ...rest } = first;
      return { ...rest, enum: [...new Set(choices.flat())] };
    }
    return { anyOf: all.flatMap((each): Json[] => isObject(each) ? forms(each) : [each]) };
  }
}

function choicesOf(schema: Json): Json[] | undefined {
  if (!isObject(schema)) return undefined;
  if (schema.const !== undefined) return [schema.const];
  return Array.isArray(schema.enum) ? schema.enum : undefined;
}

/** The branches of a schema that is a union and nothing else; else itself. */
function forms(schema: JsonObject): JsonObject[] {
  const { anyOf } = schema;
  return Array.isArray(anyOf) && Object.keys(schema).length === 1
    ? anyOf.filter(isObject)
    : [schema];
}

function isTyped(schema: JsonObject): boolean {
  return schema.type !== undefined || schema.anyOf !== undefined || schema.$ref !== undefined;
}

function isOfObject(schema: JsonObject): boolean {
  const { type } = schema;
  if (type !== undefined) return type === "object";
  return isObject(schema.properties) || Array.isArray(schema.required) ||
    Object.keys(schema).every((key) => ANNOTATIONS.has(key));
}

function propertiesOf({ properties }: JsonObject): JsonObject {
  return isObject(properties) ? properties : {};
}

function requiredOf({ required }: JsonObject): string[] {
  return Array.isArray(required) ? required.filter((name) => typeof name === "string") : [];
}

/** What stands in every list. */
function inAll(lists: readonly (readonly string[])[]): string[] {
  const times = new Map<string, number>();
  for (const list of lists) {
    for (const name of new Set(list)) times.set(name, (times.get(name) ?? 0) + 1);
  }
  return [...times].filter(([, count]) => count === lists.length).map(([name]) => name);
}

function groupsOf(groups: readonly (readonly string[])[]): string {
  return groups.slice(0, MAX_NOTE).map((group) => group.slice(0, MAX_NOTE).join(" + ") || "none")
    .join("; ");
}

function noteOf(branches: readonly JsonObject[]): string {
  let text = "";
  for (const branch of branches) {
    text += `${text === "" ? "" : ", "}${JSON.stringify(branch)}`;
    if (text.length > MAX_NOTE) break;
  }
  return text;
}
