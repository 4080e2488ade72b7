/**
 * Function tools and the choice among them, in the form of the Messages API.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { declaredTools } from "../chat/tools.ts";

/**
 * `tools` and `tool_choice`; empty when nothing may be called.
 *
 * @param thinking whether the model thinks: then it may not be forced to call
 */
export function toolFields(request: JsonObject, thinking: boolean): JsonObject {
  const described = new Map(
    (Array.isArray(request.tools) ? request.tools : []).filter(isObject)
      .map((tool) => [filled(tool.name), filled(tool.description)]),
  );
  const tools = [...declaredTools(request)].map(([name, schema]) => {
    const description = described.get(name);
    return { name, ...(description !== undefined && { description }), input_schema: schema };
  });
  if (tools.length === 0) return {};
  const one = request.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const choice = choiceOf(request.tool_choice, thinking);
  return { tools, tool_choice: choice.type === "none" ? choice : { ...choice, ...one } };
}

function choiceOf(choice: Json | undefined, thinking: boolean): JsonObject {
  if (choice === "none") return { type: "none" };
  if (thinking) return { type: "auto" };
  if (choice === "required") return { type: "any" };
  const name = isObject(choice) ? filled(choice.name) : undefined;
  return name === undefined ? { type: "auto" } : { type: "tool", name };
}
