/**
 * The tools of a request as the reading of written calls needs them: by any spelling that a real call may have, too.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import type { ToolTable } from "../tool_table.ts";
import { parameterLookup, type WrittenTools } from "../written/tools.ts";
import { calledName } from "./called_name.ts";
import { DeclaredCalls } from "./declared_calls.ts";

/**
 * Makes them.
 *
 * @param request as it goes up, on Codex's wire
 * @param table what its tools stand for
 */
export function writtenTools(request: JsonObject, table: ToolTable): WrittenTools {
  const declared = new DeclaredCalls(request, table);
  const tools = Array.isArray(request.tools) ? request.tools.filter(isObject) : [];
  const known = (name: string) =>
    declared.nameOf(name) ?? (table.resolve(name) === undefined ? undefined : name);
  const isCustom = (name: string) =>
    tools.some((tool) => tool.type === "custom" && filled(tool.name) === name);
  return {
    size: request.tool_choice === "none" ? 0 : tools.length,
    nameOf(name) {
      const called = calledName(name, known);
      return called?.rest === "" ? called.name : undefined;
    },
    schema: (name) => declared.schemas(name)?.root,
    takesText: (name) => isCustom(name) || table.resolve(name)?.kind === "custom",
    isCustom,
    hasParameter: parameterLookup(() =>
      tools.flatMap((tool) => Array.isArray(tool.tools) ? tool.tools.filter(isObject) : [tool])
        .map(({ parameters }) => isObject(parameters) ? parameters : undefined)
    ),
  };
}
