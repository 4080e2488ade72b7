/**
 * The Responses API as it stands on the wire: events, items, and the few words they share. No meaning here.
 *
 * Source: the recorded streams under `tests/streams/` and the measured behaviour of Codex 0.169.0.
 *
 * @module
 */

import type { JsonObject } from "../base/json.ts";

/** One event of a Responses stream. */
export interface ResponsesEvent {
  /** Same as `data.type`: `response.created`, `response.output_text.delta`, … */
  readonly type: string;
  /** The event's JSON. Whoever changes it makes a new event without `text`. */
  readonly data: JsonObject;
  /** The JSON text as it came in; present while nothing in `data` was changed, so that it can go out untouched. */
  readonly text?: string;
}

/** An output or input item: `message`, `reasoning`, `function_call`, `custom_tool_call`, … */
export interface Item extends JsonObject {
  type: string;
}

/** Makes an event of its JSON. */
export function responsesEvent(type: string, fields: JsonObject): ResponsesEvent {
  return { type, data: { type, ...fields } };
}

/** The events after which a Responses stream is over. */
export const TERMINAL: ReadonlySet<string> = new Set([
  "response.completed",
  "response.failed",
  "response.incomplete",
]);

/** The id prefix that belongs to each item type; Codex gets stuck on bare UUIDs (docs/facts/providers.md §2). */
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

/** Whether an item is a call that Codex itself acts on: once it is done, a tool is running (docs/facts/codex.md §3.5). */
export function isCall(item: JsonObject): boolean {
  return CALLS.has(item.type) && item.execution !== "server";
}
