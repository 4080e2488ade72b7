/**
 * Items that the provider's stream does not have as items: their events, in one piece.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { outputText } from "../../wire/response_object.ts";

/** An item and its events. */
export interface Inserted {
  readonly item: JsonObject;
  readonly events: ResponsesEvent[];
}

/** A call. @param more fields of every event, such as its number */
export function insertedCall(
  index: number,
  ids: { readonly id: string; readonly call_id: string },
  { name, args }: { readonly name: string; readonly args: string },
  more: JsonObject,
): Inserted {
  const own = { id: ids.id, type: "function_call", call_id: ids.call_id, name };
  const item = { ...own, status: "completed", arguments: args };
  const inside = { output_index: index, item_id: ids.id, ...more };
  return {
    item,
    events: [
      added(index, { ...own, status: "in_progress", arguments: "" }, more),
      responsesEvent("response.function_call_arguments.delta", { ...inside, delta: args }),
      responsesEvent("response.function_call_arguments.done", { ...inside, arguments: args, name }),
      done(index, item, more),
    ],
  };
}

/** A call of a tool that takes text. */
export function insertedText(
  index: number,
  ids: { readonly id: string; readonly call_id: string },
  { name, input }: { readonly name: string; readonly input: string },
  more: JsonObject,
): Inserted {
  const own = { id: ids.id, type: "custom_tool_call", call_id: ids.call_id, name };
  const item = { ...own, status: "completed", input };
  const inside = { output_index: index, item_id: ids.id, ...more };
  return {
    item,
    events: [
      added(index, { ...own, status: "in_progress", input: "" }, more),
      responsesEvent("response.custom_tool_call_input.delta", { ...inside, delta: input }),
      responsesEvent("response.custom_tool_call_input.done", { ...inside, input }),
      done(index, item, more),
    ],
  };
}

/** Reasoning. */
export function insertedReasoning(
  index: number,
  id: string,
  text: string,
  more: JsonObject,
): Inserted {
  const part = { type: "summary_text", text };
  const item = { id, type: "reasoning", summary: [part] };
  const inside = { output_index: index, item_id: id, summary_index: 0, ...more };
  const begun = { type: "summary_text", text: "" };
  return {
    item,
    events: [
      added(index, { ...item, summary: [] }, more),
      responsesEvent("response.reasoning_summary_part.added", { ...inside, part: begun }),
      responsesEvent("response.reasoning_summary_text.delta", { ...inside, delta: text }),
      responsesEvent("response.reasoning_summary_text.done", { ...inside, text }),
      responsesEvent("response.reasoning_summary_part.done", { ...inside, part }),
      done(index, item, more),
    ],
  };
}

/** A message. */
export function insertedMessage(
  index: number,
  id: string,
  text: string,
  more: JsonObject,
): Inserted {
  const own = { id, type: "message", role: "assistant" };
  const item = { ...own, status: "completed", content: [outputText(text)] };
  const inside = { output_index: index, item_id: id, content_index: 0, ...more };
  return {
    item,
    events: [
      added(index, { ...own, status: "in_progress", content: [] }, more),
      responsesEvent("response.content_part.added", { ...inside, part: outputText("") }),
      responsesEvent("response.output_text.delta", { ...inside, delta: text }),
      responsesEvent("response.output_text.done", { ...inside, text }),
      responsesEvent("response.content_part.done", { ...inside, part: outputText(text) }),
      done(index, item, more),
    ],
  };
}

function added(index: number, item: JsonObject, more: JsonObject): ResponsesEvent {
  return responsesEvent("response.output_item.added", { output_index: index, item, ...more });
}

function done(index: number, item: JsonObject, more: JsonObject): ResponsesEvent {
  return responsesEvent("response.output_item.done", { output_index: index, item, ...more });
}
