/**
 * The Responses API as it stands on the wire: events, items, and the constants about them. No translation here.
 *
 * Source: the recorded streams under `tests/streams/` and the measured behaviour of Codex 0.169.0.
 *
 * @module
 */

import { isObject, type JsonObject } from "../base/json.ts";

/** One event of a Responses stream. */
export interface ResponsesEvent {
  /** Same as `data.type`: `response.created`, `response.output_text.delta`, … */
  readonly type: string;
  /** The event's JSON. To change it, make a new event without `text`. */
  readonly data: JsonObject;
  /** The JSON text as it came in; present while nothing in `data` was changed, so that it can go out untouched. */
  readonly text?: string;
}

/** An output or input item: `message`, `reasoning`, `function_call`, `custom_tool_call`, … */
export interface Item extends JsonObject {
  type: string;
}

/** Makes an event: `fields` and the type, without `text`. */
export function responsesEvent(type: string, fields: JsonObject): ResponsesEvent {
  return { type, data: { type, ...fields } };
}

/** The types of the events that end a Responses stream. */
export const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.failed",
  "response.incomplete",
]);

/** The id prefix of each item type; Codex stops working on bare UUIDs (docs/facts/providers.md §2). */
export const ID_PREFIX: Readonly<Record<string, string>> = {
  message: "msg_",
  reasoning: "rs_",
  function_call: "fc_",
  custom_tool_call: "ctc_",
  tool_search_call: "tsc_",
  web_search_call: "ws_",
};

const CALLS: ReadonlySet<unknown> = new Set([
  "function_call",
  "custom_tool_call",
  "tool_search_call",
  "local_shell_call",
]);

/** Whether an item is a call that Codex itself carries out: once it is done, a tool is running (docs/facts/codex.md §3.5). */
export function isCall(item: JsonObject): boolean {
  return CALLS.has(item.type) && item.execution !== "server";
}

/**
 * Whether an item gives the client nothing: reasoning, or a message without a character in it. An answer of such items alone is
 * none: Codex would take it for the end of the turn and show nothing (docs/facts/providers.md §9 row 30).
 */
export function saysNothing(item: JsonObject): boolean {
  if (item.type === "reasoning") return true;
  if (item.type !== "message") return false;
  const parts = Array.isArray(item.content) ? item.content : [];
  return !parts.some((part) => isObject(part) && (part.text || part.refusal));
}
