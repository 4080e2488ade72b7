/**
 * Parameter schemas in the dialect of a provider.
 *
 * What the dialect takes is shared with the result, down to the schema itself. What it does not take is said otherwise;
 * where that cannot be, the schema allows more, never less, and its description says the rest. The arguments of a call
 * are read by the original schema.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { ANY_SCHEMA, type SchemaRules } from "../../provider/schema_rules.ts";
import { Allowance, inlineRefs, MAPS, NESTED } from "./refs.ts";
import { joinAll, unionApart, withNote } from "./unions.ts";

/** What is dropped without a word: it says nothing to a model, or is of no use to it. */
const SILENT: ReadonlySet<string> = new Set(
  ("$schema $id $anchor $comment $dynamicRef $dynamicAnchor $vocabulary title additionalProperties " +
    "unevaluatedProperties unevaluatedItems readOnly writeOnly nullable").split(" "),
);

/**
 * Adapts one schema.
 *
 * @param allowance how much references may add; shared by the schemas of a request
 * @returns the same object where nothing changes
 */
export function adaptSchema(
  schema: JsonObject,
  rules: SchemaRules,
  allowance: Allowance = new Allowance(),
): JsonObject {
  if (rules === ANY_SCHEMA) return schema;
  const inlined = rules.refs ? schema : allowance.share((own) => inlineRefs(schema, own));
  const shaped = reshape(inlined, rules, 1);
  return rules.unions === "apart" && shaped.type !== "object"
    ? { ...shaped, type: "object" }
    : shaped;
}

/** Adapts the schemas of all functions of a request, on either wire; the same request where nothing changes. */
export function adaptToolSchemas(request: JsonObject, rules: SchemaRules): JsonObject {
  const { tools } = request;
  if (rules === ANY_SCHEMA || !Array.isArray(tools)) return request;
  const allowance = new Allowance();
  const adapted = tools.map((tool) => adaptTool(tool, rules, allowance));
  return adapted.some((tool, at) => tool !== tools[at]) ? { ...request, tools: adapted } : request;
}

function adaptTool(tool: Json, rules: SchemaRules, allowance: Allowance): Json {
  if (!isObject(tool)) return tool;
  // The functions of a namespace, and the Chat wire's form.
  if (Array.isArray(tool.tools)) {
    const { tools } = tool;
    const inner = tools.map((each) =>
      isObject(each) && !Array.isArray(each.tools) ? adaptTool(each, rules, allowance) : each
    );
    return inner.some((each, at) => each !== tools[at]) ? { ...tool, tools: inner } : tool;
  }
  const holder = isObject(tool.function) ? tool.function : tool;
  if (!isObject(holder.parameters)) return tool;
  const parameters = adaptSchema(holder.parameters, rules, allowance);
  if (parameters === holder.parameters) return tool;
  const changed = { ...holder, parameters };
  return holder === tool ? changed : { ...tool, function: changed };
}

/** @param branch whether it is a part of a union or a join, whose parts are looked at together */
function reshape(
  schema: JsonObject,
  rules: SchemaRules,
  depth: number,
  branch = false,
): JsonObject {
  if (depth >= rules.depth) return shallow(schema);
  let result = children(schema, rules, depth);
  if (!rules.allOf && result.allOf !== undefined) result = joinAll(result);
  if (rules.unions === "apart") result = unionApart(result, depth === 1);
  if (!rules.tuples && Array.isArray(result.items)) result = tuple(result, result.items);
  result = values(result, rules);
  if (!rules.openRequired && !branch) result = closed(result);
  return result;
}

/** What a schema says without the schemas inside it. */
function shallow(schema: JsonObject): JsonObject {
  const bare = Object.entries(schema).filter(([key]) =>
    !MAPS.has(key) && !NESTED.has(key) && key !== "required"
  );
  return bare.length === Object.keys(schema).length ? schema : Object.fromEntries(bare);
}

function children(schema: JsonObject, rules: SchemaRules, depth: number): JsonObject {
  let changed = false;
  const entries: [string, Json | undefined][] = [];
  for (const [key, value] of Object.entries(schema)) {
    const fresh = MAPS.has(key) && isObject(value)
      ? map(value, rules, depth)
      : NESTED.has(key)
      ? nested(key, value, rules, depth)
      : value;
    changed ||= fresh !== value;
    if (fresh !== undefined) entries.push([key, fresh]);
  }
  return changed ? Object.fromEntries(entries) : schema;
}

function map(value: JsonObject, rules: SchemaRules, depth: number): JsonObject {
  let changed = false;
  const entries: [string, Json | undefined][] = [];
  for (const [name, each] of Object.entries(value)) {
    const fresh = isObject(each)
      ? reshape(each, rules, depth + 1)
      : typeof each === "boolean" && !rules.booleans
      ? (each ? {} : undefined)
      : each;
    changed ||= fresh !== each;
    if (fresh !== undefined) entries.push([name, fresh]);
  }
  return changed ? Object.fromEntries(entries) : value;
}

function nested(
  key: string,
  value: Json | undefined,
  rules: SchemaRules,
  depth: number,
): Json | undefined {
  // What would allow more in a condition would allow less around it.
  if (key === "not" || key === "if") return value;
  if (isObject(value)) return reshape(value, rules, depth + 1);
  if (typeof value === "boolean") {
    return rules.booleans || /additional|unevaluated/.test(key) ? value : value ? {} : undefined;
  }
  if (!Array.isArray(value)) return value;
  const branch = key.endsWith("Of");
  const list = value.flatMap((each): Json[] => {
    if (isObject(each)) return [reshape(each, rules, depth + 1, branch)];
    return typeof each === "boolean" && !rules.booleans ? (each ? [{}] : []) : [each];
  });
  return list.length !== value.length || list.some((each, at) => each !== value[at]) ? list : value;
}

/** A list of items with a schema for each place, as a list of any of these. */
function tuple(schema: JsonObject, items: readonly Json[]): JsonObject {
  const different = new Map(items.filter(isObject).map((each) => [JSON.stringify(each), each]));
  const [first, ...others] = different.values();
  const { additionalItems: _, items: __, ...rest } = schema;
  if (first === undefined) return rest;
  return { ...rest, items: others.length === 0 ? first : { anyOf: [first, ...others] } };
}

/** Keywords about values: types, choices, and those that are dropped. */
function values(schema: JsonObject, rules: SchemaRules): JsonObject {
  let result = schema;
  if (!rules.typeLists && Array.isArray(result.type)) result = oneType(result, result.type);
  if (result.const !== undefined && rules.drop.includes("const")) {
    const { const: only, ...rest } = result;
    result = { ...rest, enum: [only] };
  }
  if (rules.enums !== "anything" && Array.isArray(result.enum)) {
    result = choices(result, result.enum, rules.enums);
  }
  const notes: string[] = [];
  for (const key of rules.drop) {
    if (!Object.hasOwn(result, key)) continue;
    const { [key]: said, ...rest } = result;
    result = rest;
    if (!SILENT.has(key) && said !== null && typeof said !== "object") {
      notes.push(`${key}: ${typeof said === "string" ? said : JSON.stringify(said)}`);
    }
  }
  return notes.length === 0 ? result : withNote(result, notes.join(", "));
}

function oneType(schema: JsonObject, list: readonly Json[]): JsonObject {
  const types = list.filter((type) => type !== "null");
  const { type: _, ...rest } = schema;
  const [only] = types;
  if (types.length === 1) {
    const noted = types.length < list.length ? withNote(rest, "or null") : rest;
    return { ...noted, type: only };
  }
  return types.length === 0 || rest.anyOf !== undefined
    ? rest
    : withNote(rest, `one of the types ${types.join(", ")}`);
}

function choices(
  schema: JsonObject,
  list: readonly Json[],
  allowed: "no null" | "strings",
): JsonObject {
  const kept = list.filter((each) =>
    allowed === "strings" ? typeof each === "string" : each !== null
  );
  if (kept.length === list.length) return schema;
  const { enum: _, ...rest } = schema;
  const note = `one of: ${list.map((each) => JSON.stringify(each)).join(", ")}`;
  const onlyNull = list.every((each) => each === null || typeof each === "string");
  return onlyNull && kept.length > 0
    ? withNote({ ...rest, enum: kept }, "or null")
    : withNote(rest, note);
}

/** Without names that `required` gives and `properties` does not; the same in the branches of a union. */
function closed(schema: JsonObject): JsonObject {
  const { anyOf, required, properties } = schema;
  let result = schema;
  if (Array.isArray(anyOf)) {
    const branches = anyOf.map((each) => isObject(each) ? closed(each) : each);
    if (branches.some((each, at) => each !== anyOf[at])) result = { ...result, anyOf: branches };
  }
  if (!Array.isArray(required)) return result;
  const known = isObject(properties) ? properties : {};
  const kept = required.filter((name) => typeof name === "string" && Object.hasOwn(known, name));
  if (kept.length === required.length) return result;
  const { required: _, ...rest } = result;
  return kept.length === 0 ? rest : { ...rest, required: kept };
}
