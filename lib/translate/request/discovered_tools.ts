/**
 * Tools in the input instead of the tool list: given by Codex, or found by its tool search.
 *
 * They are added to the list: a provider that cannot search cannot load them from a search result either.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Takes } from "./function_definitions.ts";
import type { ToolTable } from "../tool_table.ts";

/** The tools of `additional_tools` items and, where the provider takes no tool search, of search results; in their order. */
export function discoveredTools(input: readonly Json[], takes: Takes): Json[] {
  return input.filter(isObject).flatMap(({ type, tools }) => {
    const carries = type === "additional_tools" ||
      (type === "tool_search_output" && !takes("tool_search"));
    return carries && Array.isArray(tools) ? tools : [];
  });
}

/** The result of a tool search as the text of a function's output: one line for each tool, under its name upstream. */
export function discoveredText(tools: Json | undefined, table: ToolTable): string {
  const lines = (Array.isArray(tools) ? tools : []).filter(isObject).flatMap((tool) => {
    if (tool.type !== "namespace") return line(tool, undefined, table);
    const inner = Array.isArray(tool.tools) ? tool.tools.filter(isObject) : [];
    return inner.flatMap((each) => line(each, filled(tool.name), table));
  });
  if (lines.length === 0) return "No tools found.";
  return `Found ${lines.length}, callable from now on:\n${lines.join("\n")}`;
}

function line(tool: JsonObject, namespace: string | undefined, table: ToolTable): string[] {
  const name = filled(tool.name);
  if (name === undefined) return [];
  const kind = tool.type === "custom" ? "custom" : "function";
  const called = table.nameInHistory({ kind, name, ...(namespace ? { namespace } : {}) });
  const first = filled(tool.description)?.trim().split("\n", 1)[0];
  return [first === undefined ? `- ${called}` : `- ${called}: ${first}`];
}
