/**
 * One output item as Codex must receive it. Codex drops a finished item that it cannot deserialize, without a message, and
 * with it the tool call or the text (docs/facts/codex.md §3.5).
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { GrowingText } from "../../base/growing_text.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { ID_PREFIX } from "../../wire/responses.ts";
import { messageParts, reasoningParts, summaryParts } from "./parts.ts";

/** What was received of one item: its deltas, and the `done` events of its parts. */
export interface ReceivedParts {
  /** The text of each content part, refusals included. */
  readonly text: Map<number, GrowingText>;
  /** Function arguments or custom input. */
  args: GrowingText;
  /** Raw reasoning text. */
  readonly reasoning: GrowingText;
  /** About how many characters are kept of the item, the other fields included. */
  weight: number;
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;

/** The roles of a message; any other role means the model. */
const ROLES: ReadonlySet<unknown> = new Set(["assistant", "user", "system", "developer"]);
const PHASES: ReadonlySet<unknown> = new Set(["commentary", "final_answer"]);
const isText = (value: Json) => typeof value === "string";

/** Optional fields for which Codex drops the item where their value is of another kind (measured on 0.169.0). */
const OPTIONAL: Readonly<Record<string, (value: Json) => boolean>> = {
  phase: (value) => PHASES.has(value),
  status: isText,
  namespace: isText,
  encrypted_content: isText,
};

/** The state of an item of which nothing was received. */
export function nothingReceived(): ReceivedParts {
  return { text: new Map(), args: new GrowingText(), reasoning: new GrowingText(), weight: 0 };
}

/** An id as text: some relays count their items with plain numbers. */
export function textId(id: Json | undefined): string | undefined {
  return typeof id === "number" ? String(id) : filled(id);
}

/** The id under which an item goes out: bare UUIDs get the prefix of their type, other ids stay. */
export function prefixedId(type: Json | undefined, id: string): string {
  const prefix = typeof type === "string" ? ID_PREFIX[type] : undefined;
  return prefix && UUID.test(id) ? prefix + id : id;
}

/**
 * Completes a finished item with what was received of it. Returns the same object where nothing is missing.
 *
 * @param item the `item` of an `output_item.done`, with its final id
 * @param received what its deltas brought
 * @param early the `item` of its `output_item.added`, where there was one
 * @throws Failure `bad_answer` for a call without a name, which Codex would drop without a message
 */
export function normalizeItem(
  item: JsonObject,
  received: ReceivedParts,
  early: JsonObject | undefined,
): JsonObject {
  const patch = normalized(item, received, early ?? {});
  const entries = Object.entries(patch).filter(([key, value]) => item[key] !== value);
  return readable(entries.length === 0 ? item : { ...item, ...Object.fromEntries(entries) });
}

/** The item without optional fields of a kind that Codex cannot read. */
function readable(item: JsonObject): JsonObject {
  const fits = ([key, value]: [string, Json | undefined]) =>
    value === null || value === undefined || !Object.hasOwn(OPTIONAL, key) ||
    OPTIONAL[key]?.(value);
  const entries = Object.entries(item);
  return entries.every(fits) ? item : Object.fromEntries(entries.filter(fits));
}

function normalized(item: JsonObject, received: ReceivedParts, early: JsonObject): JsonObject {
  switch (item.type) {
    case "message":
      return {
        role: ROLES.has(item.role) ? item.role : "assistant",
        content: messageParts(item.content, [...received.text.values()].join("")),
      };
    case "reasoning": {
      const sealed = filled(item.encrypted_content) ?? filled(early.encrypted_content);
      const content = reasoningParts(item.content, received.reasoning.toString());
      return {
        summary: summaryParts(item.summary),
        ...(content === undefined ? {} : { content }),
        ...(sealed === undefined ? {} : { encrypted_content: sealed }),
      };
    }
    case "function_call":
      return {
        ...call(item, early),
        arguments: callText(item.arguments, received.args.toString()) || "{}",
      };
    case "custom_tool_call":
      return { ...call(item, early), input: callText(item.input, received.args.toString()) };
    default:
      return {};
  }
}

function call(item: JsonObject, early: JsonObject): JsonObject {
  const name = filled(item.name) ?? filled(early.name);
  if (name === undefined) {
    throw new Failure("bad_answer", "The model called a tool without naming it");
  }
  const id = textId(item.call_id) ?? textId(early.call_id) ?? textId(item.id);
  if (id === undefined) throw new Failure("bad_answer", `The call of ${name} carries no call_id`);
  return { name, call_id: id };
}

/** The arguments as text: some relays send an object, some leave them to the deltas. */
export function callText(value: Json | undefined, received: string): string {
  if (isObject(value) || Array.isArray(value)) return JSON.stringify(value);
  return filled(value) ?? received;
}
