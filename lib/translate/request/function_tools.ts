/**
 * Turns the tools of a request into function tools, for a provider that takes no others.
 *
 * The input is never changed. What needs no change is shared with the result, down to the request itself. The
 * {@link ToolTable} holds what was renamed or reshaped; `restore_tools.ts` restores the answer's calls with it.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { declareNames } from "../declared_names.ts";
import { discoveredTools } from "./discovered_tools.ts";
import { adaptReasoning, toFunctionItems } from "./function_items.ts";
import { toFunctionDefinitions } from "./function_definitions.ts";
import { ToolTable } from "../tool_table.ts";

/** Options of {@link toFunctionTools}. */
export interface FunctionToolsOptions {
  /** Whether `summary` on reasoning items is emptied, for servers that fold it into the context. @default false */
  readonly emptySummary?: boolean;
  /** Top-level fields to leave out. @default [] */
  readonly drop?: readonly string[];
}

/** A request with function tools, and the table that restores the calls of its answer. */
interface FunctionRequest {
  readonly request: JsonObject;
  /** `empty` where nothing has to be restored. */
  readonly tools: ToolTable;
  /** The types of the tools that were left out, because nobody could run them. */
  readonly dropped: readonly string[];
}

/**
 * Turns the tools, the history and the `tool_choice` of a Responses request into those of function tools.
 *
 * @param accepts tool types the provider takes, `function` always among them; item types (`compaction`, …) may be
 * named, too. `"all"` leaves tools and items alone.
 */
export function toFunctionTools(
  request: JsonObject,
  accepts: "all" | readonly string[],
  { emptySummary = false, drop = [] }: FunctionToolsOptions = {},
): FunctionRequest {
  const input = Array.isArray(request.input) ? request.input : undefined;
  if (accepts === "all") {
    const items = emptySummary
      ? input?.map((item) =>
        isObject(item) && item.type === "reasoning" ? adaptReasoning(item, true) : item
      )
      : input;
    const names = new ToolTable();
    declareNames([...asArray(request.tools), ...discoveredTools(input ?? [], () => false)], names);
    return {
      request: changed(request, items ? { input: items } : {}, drop),
      tools: names,
      dropped: [],
    };
  }

  const takes = (type: string) => accepts.includes(type);
  const items = input?.filter((item) => !isObject(item) || item.type !== "additional_tools") ?? [];
  const { tools, table, dropped } = toFunctionDefinitions([
    ...asArray(request.tools),
    ...discoveredTools(input ?? [], takes),
  ], takes);
  table.compacts = !takes("compaction_trigger") &&
    items.some((item) => isObject(item) && item.type === "compaction_trigger");
  const history = toFunctionItems(items, { table, takes, emptySummary });
  // The answer is to be a summary; a tool call in its place would be lost.
  const left = table.compacts ? [] : tools;
  const choice = request.tool_choice;
  const fields: JsonObject = {
    ...(input ? { input: history } : {}),
    tools: left.length === 0 ? undefined : left,
    tool_choice: isObject(choice) ? toFunctionChoice(choice, left, table) : choice,
    ...(left.length === 0 ? { tool_choice: undefined, parallel_tool_calls: undefined } : {}),
  };
  declareNames(left, table);
  return { request: changed(request, fields, drop), tools: table, dropped };
}

/** A choice that names a tool, under the tool's new name; `auto` when the tool is not in the list. */
function toFunctionChoice(choice: JsonObject, tools: readonly Json[], table: ToolTable): Json {
  const byName = new Map<Json | undefined, JsonObject>();
  for (const each of tools) {
    if (!isObject(each)) continue;
    const name = each.name ?? each.type;
    if (!byName.has(name)) byName.set(name, each);
  }
  return choiceByName(choice, byName, table);
}

function choiceByName(
  choice: JsonObject,
  tools: ReadonlyMap<Json | undefined, JsonObject>,
  table: ToolTable,
): Json {
  if (choice.type === "allowed_tools") {
    // One inside another is not allowed.
    const allowed = asArray(choice.tools).filter(isObject)
      .filter(({ type }) => type !== "allowed_tools")
      .map((each) => choiceByName(each, tools, table));
    const left = allowed.filter(isObject);
    return left.length === 0 ? "auto" : { ...choice, tools: left };
  }
  const kind = choice.type === "custom" || choice.type === "tool_search" ? choice.type : "function";
  const called = typeof choice.name === "string" ? choice.name : String(choice.type);
  const namespace = typeof choice.namespace === "string" ? { namespace: choice.namespace } : {};
  const origin = { kind, name: called, ...namespace } as const;
  const name = table.has(origin) ? table.name(origin) : called;
  const tool = tools.get(name);
  if (!tool) return "auto";
  if (tool.type === choice.type && name === choice.name && choice.namespace === undefined) {
    return choice;
  }
  return tool.name === undefined ? choice : { type: tool.type, name };
}

/** The request with some fields replaced, `undefined` and dropped ones left out; itself when nothing differs. */
function changed(request: JsonObject, fields: JsonObject, drop: readonly string[]): JsonObject {
  const entries: [string, Json | undefined][] = Object.keys(request).map((key) => [
    key,
    key in fields ? same(request[key], fields[key]) : request[key],
  ]);
  if (!("tools" in request)) {
    const after = entries.findIndex(([key]) => key === "input");
    entries.splice(after < 0 ? entries.length : after + 1, 0, ["tools", fields.tools]);
  }
  const kept = entries.filter(([key, value]) => value !== undefined && !drop.includes(key));
  const untouched = kept.length === Object.keys(request).length &&
    kept.every(([key, value]) => value === request[key]);
  return untouched ? request : Object.fromEntries(kept);
}

/** The old list where the new one holds the very same values. */
function same(before: Json | undefined, after: Json | undefined): Json | undefined {
  const equal = Array.isArray(before) && Array.isArray(after) && before.length === after.length &&
    after.every((value, index) => value === before[index]);
  return equal ? before : after;
}

function asArray(value: Json | undefined): Json[] {
  return Array.isArray(value) ? value : [];
}
