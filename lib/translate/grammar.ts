/**
 * The grammar of what a client may receive: a Responses stream as Codex 0.169.0 reads it (docs/facts/codex.md §3).
 *
 * Tests, `doctor` and `stress` check every stream with this one file. The data path does not use it.
 *
 * @module
 */

import { isObject, type JsonObject } from "../base/json.ts";
import { type ResponsesEvent, TERMINAL } from "../wire/responses.ts";

interface Seen {
  readonly id: unknown;
  readonly type: unknown;
  done: boolean;
  text: string;
  args: string;
}

/** Options of {@link Grammar}. */
interface GrammarOptions {
  /**
   * Whether a finished message may have another text than its deltas. Codex shows the text of `done`; a client that
   * adds deltas up does not. @default false
   */
  readonly rewritten?: boolean;
}

/** Checks events one by one; each call returns the first rule that the event breaks, as a message. */
export class Grammar {
  #sequence = -1;
  #lastIndex = -1;
  #created = false;
  #terminal: string | undefined;
  readonly #items = new Map<number, Seen>();
  readonly #ids = new Set<unknown>();

  constructor(readonly options: GrammarOptions = {}) {}

  /** Takes the next event; returns what is wrong with it, or `undefined`. */
  push(event: ResponsesEvent): string | undefined {
    const { type, data } = event;
    if (this.#terminal) return `${type} after ${this.#terminal}`;
    if (data.type !== type) return `${type}: data.type is ${String(data.type)}`;
    return this.#number(event) ?? this.#meaning(event);
  }

  /** The stream ended: it must have had a terminal event. Returns what is wrong, or `undefined`. */
  end(): string | undefined {
    return this.#terminal ? undefined : "the stream ended without a terminal event";
  }

  #number({ type, data }: ResponsesEvent): string | undefined {
    const n = data.sequence_number;
    if (n === undefined) return undefined;
    if (typeof n !== "number" || !Number.isInteger(n)) {
      return `${type}: sequence_number is no integer`;
    }
    if (n <= this.#sequence) return `${type}: sequence_number ${n} after ${this.#sequence}`;
    this.#sequence = n;
    return undefined;
  }

  #meaning({ type, data }: ResponsesEvent): string | undefined {
    if (TERMINAL.has(type)) {
      this.#terminal = type;
      return checkTerminal(type, data);
    }
    if (type === "response.created") {
      if (this.#created) return "response.created twice";
      this.#created = true;
      if (this.#items.size > 0) return "response.created after an item";
      return isObject(data.response) ? undefined : "response.created without response";
    }
    if (type === "response.output_item.added") return this.#added(data);
    if (type === "response.output_item.done") return this.#done(data);
    if (typeof data.output_index === "number") return this.#inside(type, data, data.output_index);
    return undefined;
  }

  #added(data: JsonObject): string | undefined {
    const { item, output_index: index } = data;
    if (!isObject(item) || typeof index !== "number") {
      return "output_item.added without item or index";
    }
    if (index <= this.#lastIndex) return `output_index ${index} added after ${this.#lastIndex}`;
    if (item.id !== undefined && this.#ids.has(item.id)) {
      return `item id ${String(item.id)} used twice`;
    }
    this.#lastIndex = index;
    this.#ids.add(item.id);
    this.#items.set(index, { id: item.id, type: item.type, done: false, text: "", args: "" });
    return undefined;
  }

  #inside(type: string, data: JsonObject, index: number): string | undefined {
    const item = this.#items.get(index);
    if (!item) return `${type} for index ${index}, which was never added`;
    if (item.done) return `${type} for index ${index}, which is done`;
    if (data.item_id !== undefined && data.item_id !== item.id) {
      return `${type}: item_id ${String(data.item_id)} at an index that holds ${String(item.id)}`;
    }
    if (typeof data.delta === "string") {
      if (type === "response.output_text.delta") item.text += data.delta;
      if (type === "response.function_call_arguments.delta") item.args += data.delta;
    }
    return undefined;
  }

  #done(data: JsonObject): string | undefined {
    const { item, output_index: index } = data;
    if (!isObject(item) || typeof index !== "number") {
      return "output_item.done without item or index";
    }
    const seen = this.#items.get(index);
    if (seen?.done) return `index ${index} done twice`;
    if (seen && seen.id !== item.id) return `index ${index} done as ${String(item.id)}`;
    if (!seen) {
      if (index <= this.#lastIndex) return `output_index ${index} done after ${this.#lastIndex}`;
      if (item.id !== undefined && this.#ids.has(item.id)) {
        return `item id ${String(item.id)} used twice`;
      }
      this.#lastIndex = index;
      this.#ids.add(item.id);
    }
    this.#items.set(index, {
      ...(seen ?? { text: "", args: "" }),
      id: item.id,
      type: item.type,
      done: true,
    });
    const rewritten = item.type === "message" && this.options.rewritten;
    return checkItem(item) ?? (seen && !rewritten ? checkDeltas(item, seen) : undefined);
  }
}

/** The first violation in a complete stream, with the position of the event, or `undefined`. */
export function checkGrammar(
  events: readonly ResponsesEvent[],
  options?: GrammarOptions,
): string | undefined {
  const grammar = new Grammar(options);
  for (const [at, event] of events.entries()) {
    const wrong = grammar.push(event);
    if (wrong) return `event ${at}: ${wrong}`;
  }
  return grammar.end();
}

/** What Codex needs to deserialize a finished item; one that does not is silently dropped (docs/facts/codex.md §3.5). */
function checkItem(item: JsonObject): string | undefined {
  switch (item.type) {
    case "message":
      if (typeof item.role !== "string") return "message without role";
      return Array.isArray(item.content) ? undefined : "message without content";
    case "reasoning":
      return Array.isArray(item.summary) ? undefined : "reasoning without summary";
    case "function_call":
      return strings(item, ["call_id", "name", "arguments"]);
    case "custom_tool_call":
      return strings(item, ["call_id", "name", "input"]);
    case "tool_search_call":
      if (item.execution === "server") return undefined; // the provider's own search, nothing for Codex to do
      return isObject(item.arguments)
        ? strings(item, ["call_id"])
        : "tool_search_call: bad arguments";
    default:
      return undefined;
  }
}

function strings(item: JsonObject, keys: readonly string[]): string | undefined {
  const bad = keys.find((key) => typeof item[key] !== "string");
  if (bad) return `${String(item.type)}: ${bad} is no string`;
  return item.name === "" ? `${String(item.type)} with an empty name` : undefined;
}

/** Deltas are for display: they may be a beginning of the finished item's text, never another text. */
function checkDeltas(item: JsonObject, seen: Seen): string | undefined {
  if (item.type === "message" && !messageText(item).startsWith(seen.text)) {
    return "message text differs from its deltas";
  }
  if (item.type === "function_call" && !String(item.arguments).startsWith(seen.args)) {
    return "arguments differ from their deltas";
  }
  return undefined;
}

/** The text of a message item: its `output_text` parts joined. */
export function messageText(item: JsonObject): string {
  if (!Array.isArray(item.content)) return "";
  return item.content
    .map((part) => isObject(part) && part.type === "output_text" ? String(part.text ?? "") : "")
    .join("");
}

function checkTerminal(type: string, data: JsonObject): string | undefined {
  const response = data.response;
  if (!isObject(response)) return `${type} without response`;
  if (type === "response.failed") {
    const error = response.error;
    if (!isObject(error) || typeof error.message !== "string" || typeof error.code !== "string") {
      return "response.failed without code and message";
    }
  }
  if (type === "response.completed") {
    if (typeof response.id !== "string") return "response.completed without id";
    return checkUsage(response.usage);
  }
  return undefined;
}

/** Usage is optional; where it is given, every count must be there (docs/facts/codex.md §3.3). */
function checkUsage(usage: unknown): string | undefined {
  if (usage === undefined || usage === null) return undefined;
  if (!isObject(usage)) return "usage is no object";
  for (const key of ["input_tokens", "output_tokens", "total_tokens"]) {
    if (!Number.isInteger(usage[key])) return `usage.${key} is no integer`;
  }
  const details = {
    input_tokens_details: "cached_tokens",
    output_tokens_details: "reasoning_tokens",
  };
  for (const [key, field] of Object.entries(details)) {
    const value = usage[key];
    if (value === undefined || value === null) continue;
    if (!isObject(value) || !Number.isInteger(value[field])) {
      return `usage.${key}.${field} is no integer`;
    }
  }
  return undefined;
}
