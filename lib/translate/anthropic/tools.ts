/**
 * Function tools and the choice among them, in the form of the Messages API.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { AnthropicMessage } from "../../wire/anthropic.ts";
import { declaredTools } from "../chat/tools.ts";

/**
 * `tools` and `tool_choice`; empty when nothing may be called.
 *
 * @param thinking whether the model thinks: then it may not be forced to call
 * @param called the tools that were called before: a conversation that holds calls is refused without any tool, which is how
 * Codex asks for a summary of one
 */
export function toolFields(
  request: JsonObject,
  thinking: boolean,
  called: ReadonlySet<string> = new Set(),
): JsonObject {
  const described = new Map(
    (Array.isArray(request.tools) ? request.tools : []).filter(isObject)
      .map((tool) => [filled(tool.name), filled(tool.description)]),
  );
  const tools = [...declaredTools(request)].map(([name, schema]) => {
    const description = described.get(name);
    return { name, ...(description !== undefined && { description }), input_schema: schema };
  });
  if (tools.length === 0) {
    const named = [...called].map((name) => ({ name, input_schema: { type: "object" } }));
    return named.length === 0 ? {} : { tools: named, tool_choice: { type: "none" } };
  }
  const one = request.parallel_tool_calls === false ? { disable_parallel_tool_use: true } : {};
  const choice = choiceOf(request.tool_choice, thinking);
  return { tools, tool_choice: choice.type === "none" ? choice : { ...choice, ...one } };
}

/** The names of the tools that messages call. */
export function calledTools(messages: readonly AnthropicMessage[]): ReadonlySet<string> {
  return new Set(
    messages.flatMap(({ content }) =>
      content.flatMap(({ type, name }) => (type === "tool_use" && filled(name)) || [])
    ),
  );
}

function choiceOf(choice: Json | undefined, thinking: boolean): JsonObject {
  if (choice === "none") return { type: "none" };
  if (thinking) return { type: "auto" };
  if (choice === "required") return { type: "any" };
  const name = isObject(choice) ? filled(choice.name) : undefined;
  return name === undefined ? { type: "auto" } : { type: "tool", name };
}
