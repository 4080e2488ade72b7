/**
 * Takes Codex's mark `"encrypted": true` out of tools' schemas: OpenAI alone knows the keyword, and others may refuse a tool
 * for it. See `agent_text.ts` for what the mark does.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Keywords whose value is a map of schemas by names, which are no keywords. */
const MAPS: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
]);
/** Keywords whose value is no schema. */
const VALUES: ReadonlySet<string> = new Set(["enum", "const", "default", "examples", "required"]);

/** The request without such marks, in its tools and in those that its items bring; the same where it has none. */
export function withoutEncryptedMarks(request: JsonObject): JsonObject {
  const tools = eachTool(request.tools);
  const input = Array.isArray(request.input)
    ? each(request.input, (item) => {
      if (!isObject(item) || !Array.isArray(item.tools)) return item;
      const own = eachTool(item.tools);
      return own === item.tools ? item : { ...item, ...(own !== undefined && { tools: own }) };
    })
    : request.input;
  if (tools === request.tools && input === request.input) return request;
  return {
    ...request,
    ...(tools !== undefined && { tools }),
    ...(input !== undefined && { input }),
  };
}

function eachTool(tools: Json | undefined): Json | undefined {
  return Array.isArray(tools) ? each(tools, ofTool) : tools;
}

function ofTool(tool: Json): Json {
  if (!isObject(tool)) return tool;
  if (Array.isArray(tool.tools)) {
    const tools = each(
      tool.tools,
      (inner) => isObject(inner) && inner.tools ? inner : ofTool(inner),
    );
    return tools === tool.tools ? tool : { ...tool, tools };
  }
  if (!isObject(tool.parameters)) return tool;
  const parameters = ofSchema(tool.parameters);
  return parameters === tool.parameters ? tool : { ...tool, parameters };
}

function ofSchema(schema: Json | undefined): Json | undefined {
  if (Array.isArray(schema)) return each(schema, (one) => ofSchema(one) ?? one);
  if (!isObject(schema)) return schema;
  return entries(schema, (key, value) => {
    if (key === "encrypted" && typeof value === "boolean") return undefined;
    if (VALUES.has(key)) return value;
    return MAPS.has(key) && isObject(value)
      ? entries(value, (_, inner) => ofSchema(inner))
      : ofSchema(value);
  });
}

/** An object with its values changed, without those that become `undefined`; the same where none does. */
function entries(
  object: JsonObject,
  change: (key: string, value: Json | undefined) => Json | undefined,
): JsonObject {
  const before = Object.entries(object);
  const after = before.map(([key, value]) => [key, change(key, value)] as const);
  return after.every(([, value], at) => value === before[at]?.[1])
    ? object
    : Object.fromEntries(after.filter(([, value]) => value !== undefined));
}

function each(list: Json[], change: (value: Json) => Json): Json[] {
  const changed = list.map(change);
  return changed.some((value, at) => value !== list[at]) ? changed : list;
}
