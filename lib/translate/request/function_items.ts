/**
 * Turns the history into items that every provider takes: `message`, `reasoning`, `function_call`, `function_call_output`.
 *
 * A call and its output stay a pair. Items of the provider's own work (web searches, lists of hosted tools) are dropped,
 * because the answer after them holds the result. A result that is in no other item becomes a line of text.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { agentMessage } from "../items/agent_text.ts";
import { CHECKPOINT, readCompaction } from "../compaction.ts";
import { discoveredText } from "./discovered_tools.ts";
import { idMapper, type Rename } from "./item_ids.ts";
import type { Takes } from "./function_definitions.ts";
import type { Origin, ToolTable } from "../tool_table.ts";

/** What {@link toFunctionItems} needs to know. */
interface ItemContext {
  readonly table: ToolTable;
  readonly takes: Takes;
  /** Whether `summary` on reasoning items is emptied. @default false */
  readonly emptySummary?: boolean;
}

/** The tool type an item belongs to where it is not the item's own name without `_call`. */
const TOOL_OF: Readonly<Record<string, string>> = {
  custom_tool_call: "custom",
  custom_tool_call_output: "custom",
  tool_search_output: "tool_search",
};

/** Turns a complete `input` into such items; items that need no change are the same objects. */
export function toFunctionItems(input: readonly Json[], context: ItemContext): Json[] {
  const rename = idMapper(input);
  return input.flatMap((item): Json[] => {
    if (!isObject(item) || item.type === undefined || item.type === "message") return [item];
    const adapted = toFunctionItem(item, context, rename);
    return adapted ? [adapted] : [];
  });
}

/** A reasoning item without explicit nulls, which some servers refuse, and without its summary if so asked. */
export function adaptReasoning(item: JsonObject, emptySummary: boolean): JsonObject {
  const isNull = item.content === null || item.encrypted_content === null;
  const empty = emptySummary && !(Array.isArray(item.summary) && item.summary.length === 0);
  if (!isNull && !empty) return item;
  const kept = Object.entries(item).filter(([key, value]) =>
    value !== null || (key !== "content" && key !== "encrypted_content")
  );
  return { ...Object.fromEntries(kept), ...(emptySummary ? { summary: [] } : {}) };
}

function toFunctionItem(
  item: JsonObject,
  context: ItemContext,
  rename: Rename,
): JsonObject | undefined {
  const { table, takes } = context;
  const type = String(item.type);
  switch (type) {
    case "reasoning":
      return adaptReasoning(item, context.emptySummary ?? false);
    case "function_call":
      return renamed(item, originOf("function", item), context);
    case "function_call_output": {
      const output = plainOutput(item.output);
      if (output === item.output && item.name === undefined && item.namespace === undefined) {
        return item;
      }
      const { name: _, namespace: __, ...kept } = item;
      return { ...kept, output };
    }
  }
  if (takes(type) || takes(TOOL_OF[type] ?? type.replace(/_call(_output)?$/, ""))) {
    return type === "custom_tool_call" ? renamed(item, originOf("custom", item), context) : item;
  }
  switch (type) {
    case "custom_tool_call":
      return call(
        item,
        table.nameInHistory(originOf("custom", item)),
        { input: item.input ?? "" },
        rename,
      );
    case "tool_search_call":
      if (filled(item.call_id) === undefined) return undefined; // the provider searched by itself
      return call(item, table.nameInHistory(SEARCH), item.arguments ?? {}, rename);
    case "tool_search_output":
      return filled(item.call_id) === undefined
        ? undefined
        : output(item, discoveredText(item.tools, table), rename);
    case "compaction":
    case "context_compaction":
      return readCompaction(item);
    case "compaction_trigger":
      return CHECKPOINT;
    case "agent_message":
      return agentMessage(item);
    case "image_generation_call":
      return note(`An image was generated${about(item.revised_prompt)}`);
    case "mcp_call":
      return note(
        `The tool ${item.name} was called with ${item.arguments}${
          about(item.output ?? item.error)
        }`,
      );
  }
  // Calls that Codex ran itself (local_shell_call, shell_call, …), and their outputs.
  if (filled(item.call_id) === undefined) return undefined;
  if (type.endsWith("_call")) {
    const { type: _, id: __, call_id: ___, status: ____, action, ...rest } = item;
    return call(item, type.slice(0, -"_call".length), action ?? rest, rename);
  }
  return type.endsWith("_output") ? output(item, item.output, rename) : undefined;
}

const SEARCH: Origin = { kind: "tool_search", name: "tool_search" };

function originOf(kind: "function" | "custom", item: JsonObject): Origin {
  const namespace = filled(item.namespace);
  const name = String(item.name ?? "");
  return namespace === undefined ? { kind, name } : { kind, name, namespace };
}

/** A call of the same type under its tool's name upstream. */
function renamed(item: JsonObject, origin: Origin, { table, takes }: ItemContext): JsonObject {
  // A namespace that goes upstream as it is keeps its calls, too.
  if (origin.namespace !== undefined && takes("namespace") && !table.has(origin)) return item;
  const name = table.nameInHistory(origin);
  if (name === item.name && item.namespace === undefined) return item;
  const { namespace: _, ...kept } = item;
  return { ...kept, name };
}

function call(item: JsonObject, name: string, args: Json, rename: Rename): JsonObject {
  return {
    type: "function_call",
    ...rename(item.id, "fc_"),
    ...(item.status === undefined ? {} : { status: item.status }),
    ...(item.call_id === undefined ? {} : { call_id: item.call_id }),
    name,
    arguments: JSON.stringify(args),
  };
}

function output(item: JsonObject, value: Json | undefined, rename: Rename): JsonObject {
  return {
    type: "function_call_output",
    ...rename(item.id, "fco_"),
    ...(item.call_id === undefined ? {} : { call_id: item.call_id }),
    output: plainOutput(value),
  };
}

/** A string as it is; text parts alone as one string, which every provider takes; parts with images as they are. */
function plainOutput(value: Json | undefined): Json {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  if (!Array.isArray(value)) return JSON.stringify(value);
  const texts = value.map((part) =>
    isObject(part) && typeof part.text === "string" ? part.text : undefined
  );
  return texts.includes(undefined) ? value : texts.join("\n");
}

function note(text: string): JsonObject {
  return {
    type: "message",
    role: "assistant",
    content: [{ type: "output_text", text: `(${text})` }],
  };
}

function about(value: Json | undefined): string {
  if (value === undefined || value === null || value === "") return "";
  return `: ${typeof value === "string" ? value : JSON.stringify(value)}`;
}
