/**
 * The names of tools that go up as they are: models call a tool in a namespace by its flat name, without the
 * namespace, and servers pass that on (openai/codex#23186).
 *
 * Its rule: it adds to what a name may stand for and never changes what goes up.
 *
 * @module
 */

import { filled, isObject, type Json } from "../base/json.ts";
import type { ToolTable } from "./tool_table.ts";

/** How deep namespaces may stand in one another; Codex's never do. */
const MOST_NESTED = 4;

/** Enters the tools of a list, and those in its namespaces, where there are any of the latter. */
export function declareNames(tools: readonly Json[], table: ToolTable): void {
  const isSpace = (tool: Json) => isObject(tool) && tool.type === "namespace";
  if (!tools.some(isSpace)) return;
  // A tool of its own name is itself, before one in a namespace may be meant by it.
  for (const tool of tools) if (!isSpace(tool)) declare(tool, undefined, table, 0);
  for (const tool of tools) if (isSpace(tool)) declare(tool, undefined, table, 0);
}

function declare(tool: Json, namespace: string | undefined, table: ToolTable, depth: number): void {
  if (!isObject(tool) || depth > MOST_NESTED) return;
  const name = filled(tool.name);
  if (tool.type === "namespace") {
    if (!Array.isArray(tool.tools)) return;
    for (const each of tool.tools) declare(each, name ?? namespace, table, depth + 1);
    return;
  }
  if (name === undefined || (tool.type !== "function" && tool.type !== "custom")) return;
  const origin = {
    kind: tool.type,
    name,
    ...(namespace === undefined ? {} : { namespace }),
  } as const;
  table.name(origin, tool.type === "custom");
}
