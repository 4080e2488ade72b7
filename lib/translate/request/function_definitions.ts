/**
 * Turns tools that a provider does not take into function tools. Tools that it takes are kept; hosted tools that nobody could
 * run are dropped.
 *
 * The description of a new function tool says what the shape of the old one said: the grammar, the namespace.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { type Origin, ToolTable } from "../tool_table.ts";

/** Whether a provider takes a tool or item type. */
export type Takes = (type: string) => boolean;

/** Longest grammar put into a description, in characters; that of `apply_patch` has 900. */
const MAX_GRAMMAR = 8_000;
/** Longest namespace description that is put before each of its tools; a longer one is put before the first tool only. */
const MAX_REPEATED = 300;

/** Most levels of namespaces inside namespaces; Codex sends one. */
const MOST_NESTED = 4;

/** A tool outside of its namespace, and what it was; a tool without origin is kept as it is. */
interface Flat {
  readonly tool: JsonObject;
  readonly origin?: Origin;
  /** Text before its own description. */
  readonly preface?: string;
}

/** A tool list as a provider takes it. */
interface FunctionDefinitions {
  readonly tools: Json[];
  readonly table: ToolTable;
  /** The types of the tools that were left out. */
  readonly dropped: readonly string[];
}

/**
 * Turns a list of tools into function tools where the provider does not take them. Hosted tools that the provider does not
 * take are dropped, and so is a second definition of the same tool. Tools that only share a name are renamed. `function`
 * counts as taken.
 */
export function toFunctionDefinitions(
  tools: readonly Json[],
  takes: Takes,
): FunctionDefinitions {
  const table = new ToolTable();
  const dropped = new Set<string>();
  const flat = tools.filter(isObject).flatMap((tool) => flatten(tool, takes, dropped));
  // Functions that need no change come first, so that no other tool gets their name.
  for (const { origin } of flat) {
    if (origin?.kind === "function" && origin.namespace === undefined) table.name(origin);
  }
  const seen = new Set<string>();
  const adapted = flat.flatMap((entry): Json[] => {
    if (!entry.origin) return [entry.tool];
    const asIs = entry.tool.type === entry.origin.kind && takes(entry.origin.kind);
    const name = table.name(entry.origin, !asIs && entry.origin.kind !== "function");
    if (seen.has(name)) return [];
    seen.add(name);
    return [rewrite(entry, entry.origin, name, takes)];
  });
  return { tools: adapted, table, dropped: [...dropped] };
}

function flatten(tool: JsonObject, takes: Takes, dropped: Set<string>, depth = 0): Flat[] {
  const name = filled(tool.name);
  switch (tool.type) {
    case "function":
    case "custom":
      return [name === undefined ? { tool } : { tool, origin: { kind: tool.type, name } }];
    case "namespace": {
      const inner = Array.isArray(tool.tools) ? tool.tools.filter(isObject) : [];
      const known = (type: unknown) => type === "function" || takes(String(type));
      if (takes("namespace") && inner.every(({ type }) => known(type))) return [{ tool }];
      if (depth >= MOST_NESTED) return [];
      return inner.flatMap((each) => flatten(each, takes, dropped, depth + 1)).map((each, index) =>
        within(tool, each, index)
      );
    }
    case "tool_search":
      if (takes("tool_search")) return [{ tool }];
      // One that the provider itself would run is hosted; nothing here could answer it.
      if (tool.execution !== "client") return drop("tool_search", dropped);
      return [{ tool, origin: { kind: "tool_search", name: name ?? "tool_search" } }];
    default:
      return takes(String(tool.type)) ? [{ tool }] : drop(String(tool.type), dropped);
  }
}

function drop(type: string, dropped: Set<string>): [] {
  dropped.add(type);
  return [];
}

function within(namespace: JsonObject, { tool, origin }: Flat, index: number): Flat {
  const space = filled(namespace.name);
  if (!origin || space === undefined) return origin ? { tool, origin } : { tool };
  const about = filled(namespace.description)?.trim() ?? "";
  const useful = about !== "" && !/^Tools in the \S+ namespace\.?$/.test(about) &&
    (index === 0 || about.length <= MAX_REPEATED);
  return {
    tool,
    origin: { ...origin, namespace: space },
    ...(useful ? { preface: about } : {}),
  };
}

function rewrite({ tool, preface }: Flat, origin: Origin, name: string, takes: Takes): Json {
  const described = [preface, filled(tool.description)].filter((text) => text !== undefined);
  if (origin.kind === "custom" && !takes("custom")) return customAsFunction(tool, name, described);
  if (origin.kind === "tool_search") {
    return {
      type: "function",
      name,
      description: described.join("\n\n"),
      strict: false,
      parameters: tool.parameters ?? { type: "object", properties: {} },
    };
  }
  if (name === tool.name && preface === undefined && tool.defer_loading === undefined) return tool;
  // A deferred tool waits for a search that the provider would run; as a function tool it is there from the beginning.
  const { defer_loading: _, ...kept } = tool;
  return described.length === 0
    ? { ...kept, name }
    : { ...kept, name, description: described.join("\n\n") };
}

function customAsFunction(tool: JsonObject, name: string, described: string[]): JsonObject {
  const format = isObject(tool.format) ? tool.format : {};
  const grammar = filled(format.definition);
  if (grammar !== undefined) {
    const cut = grammar.length > MAX_GRAMMAR ? `${grammar.slice(0, MAX_GRAMMAR)}\n[cut]` : grammar;
    described.push(
      `The text must match this ${filled(format.syntax) ?? "formal"} grammar:\n${cut}`,
    );
  }
  described.push(
    "Call it with one argument, `input`: the raw text itself as one string, with nothing around it.",
  );
  return {
    type: "function",
    name,
    description: described.join("\n\n"),
    strict: false,
    parameters: {
      type: "object",
      properties: { input: { type: "string", description: "The raw text" } },
      required: ["input"],
      additionalProperties: false,
    },
  };
}
