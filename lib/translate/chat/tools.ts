/**
 * Function tools and the choice among them, in the form of the Chat wire.
 *
 * A tool that is no function with a name is left out: one such entry makes a server refuse the request.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { ChatRules } from "../../provider/chat_rules.ts";

/** The declared functions: name -> parameter schema. */
export function declaredTools(request: JsonObject): ReadonlyMap<string, JsonObject> {
  return new Map(functions(request).map((tool) => [tool.name as string, parameters(tool)]));
}

/** `tools` and `tool_choice`; empty when nothing may be called. */
export function toolFields(request: JsonObject, rules: ChatRules): JsonObject {
  const choice = request.tool_choice;
  const tools = functions(request).map((tool) => toTool(tool, rules));
  if (tools.length === 0) return {};
  if (choice === "none") {
    return rules.toolChoice === "any" ? { tools, tool_choice: "none" } : {};
  }
  return { tools, ...choiceField(choice, rules) };
}

function functions(request: JsonObject): JsonObject[] {
  const seen = new Set<string>();
  const tools = Array.isArray(request.tools) ? request.tools.filter(isObject) : [];
  return tools.filter((tool) => {
    const name = filled(tool.name);
    if (tool.type !== "function" || name === undefined || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
}

function toTool(tool: JsonObject, rules: ChatRules): JsonObject {
  const description = filled(tool.description);
  return {
    type: "function",
    function: {
      name: tool.name as string,
      ...(description === undefined ? {} : { description }),
      parameters: parameters(tool),
      ...(rules.strict && tool.strict === true ? { strict: true } : {}),
    },
  };
}

/** The parameter schema; a missing or empty one is written out, because some servers refuse it (docs/facts/providers.md §6). */
function parameters(tool: JsonObject): JsonObject {
  const schema = isObject(tool.parameters) ? tool.parameters : {};
  if (schema.type === "object" && isObject(schema.properties)) return schema;
  return {
    ...schema,
    type: "object",
    properties: isObject(schema.properties) ? schema.properties : {},
  };
}

function choiceField(choice: Json | undefined, { toolChoice }: ChatRules): JsonObject {
  if (choice === undefined || choice === null || toolChoice === "none") return {};
  if (choice === "auto" || toolChoice === "auto") return { tool_choice: "auto" };
  if (!isObject(choice)) return { tool_choice: choice };
  const name = filled(choice.name);
  return {
    tool_choice: name === undefined ? "auto" : { type: "function", function: { name } },
  };
}
