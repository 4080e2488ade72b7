/**
 * Restores one output item: a call of a function tool gets the shape in which Codex knows the tool.
 *
 * Codex drops an item that it cannot read, without a message (docs/facts/codex.md §3.5), so every shape here is complete.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import { ID_PREFIX } from "../../wire/responses.ts";
import { customInput } from "./custom_input.ts";
import type { Origin, ToolTable } from "../tool_table.ts";

/** The tool that a call item stands for; `undefined` for any other item, and for a tool that was not offered. */
export function originOfCall(item: JsonObject, tools: ToolTable): Origin | undefined {
  if (item.type !== "function_call" && item.type !== "custom_tool_call") return undefined;
  const name = filled(item.name);
  if (name === undefined) return undefined;
  const namespace = filled(item.namespace);
  if (namespace !== undefined && tools.isDeclared(namespace, name)) return undefined;
  const origin = namespace === undefined
    ? tools.resolve(name)
    : tools.resolve(`${namespace}__${name}`) ?? tools.resolve(name);
  // A custom call of a tool that is not custom is a mistake of the model; Codex answers it.
  return item.type === "custom_tool_call" && origin?.kind !== "custom" ? undefined : origin;
}

/** Restores a finished item; returns the same object when there is nothing to restore. */
export function restoreItem(item: JsonObject, tools: ToolTable): JsonObject {
  const origin = originOfCall(item, tools);
  return origin ? restoreCallItem(item, origin) : item;
}

/**
 * A call in the shape of its origin.
 *
 * @param args the arguments as far as they are known; those of the item by default.
 */
export function restoreCallItem(
  item: JsonObject,
  origin: Origin,
  args = argumentsOf(item),
): JsonObject {
  if (origin.kind === "function" || item.type === "custom_tool_call") return named(item, origin);
  const { type: _, id, call_id, name: __, arguments: ___, status, ...rest } = item;
  const type = `${origin.kind === "custom" ? "custom_tool" : origin.kind}_call`;
  const head: JsonObject = {
    type,
    ...(typeof id === "string" ? { id: restoredId(id, type) } : {}),
    ...(status === undefined ? {} : { status }),
    ...(call_id === undefined ? {} : { call_id }),
  };
  if (origin.kind === "tool_search") {
    return { ...head, execution: "client", arguments: searchArguments(args), ...rest };
  }
  return { ...named({ ...head, name: origin.name }, origin), input: customInput(args), ...rest };
}

/** The arguments of an item as text; `""` when there are none. */
export function argumentsOf(item: JsonObject): string {
  const value = item.arguments;
  if (isObject(value)) return JSON.stringify(value);
  return typeof value === "string" ? value : "";
}

/** The id of an item that changes its type: `fc_1` becomes `ctc_1`. */
export function restoredId(id: string, type: string): string {
  const prefix = ID_PREFIX[type] ?? "";
  return prefix + (id.startsWith("fc_") ? id.slice("fc_".length) : id);
}

function named(item: JsonObject, { name, namespace }: Origin): JsonObject {
  if (item.name === name && namespace === undefined && filled(item.namespace) === undefined) {
    return item;
  }
  // Rebuilt key by key, so that the namespace stands next to the name.
  return Object.fromEntries(
    Object.entries(item).flatMap(([key, value]): [string, Json | undefined][] => {
      if (key === "namespace") return [];
      if (key !== "name") return [[key, value]];
      return namespace === undefined
        ? [["name", name]]
        : [["name", name], ["namespace", namespace]];
    }),
  );
}

/** The arguments of a `tool_search_call` are an object; a plain text becomes its `query`. */
function searchArguments(args: string): JsonObject {
  const value = parseJson(args);
  if (isObject(value)) return value;
  const query = typeof value === "string" ? value : args;
  return query.trim() === "" ? {} : { query };
}
