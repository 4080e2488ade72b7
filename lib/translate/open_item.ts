/**
 * An output item on its way: what has been said of it so far, and small changes to the events about it.
 *
 * @module
 */

import { filled, type JsonObject } from "../base/json.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { Heard } from "./mend_item.ts";

/** An item that was announced and is not done. */
export interface OpenItem extends Heard {
  /** The id it goes out with. */
  readonly id: string | undefined;
  /** The `item` of its `output_item.added`. */
  readonly early: JsonObject;
}

/** The item that a delta without an announcement must belong to. */
export function impliedItem({ type, data }: ResponsesEvent): JsonObject | undefined {
  const id = named("id", filled(data.item_id));
  if (type === "response.output_text.delta") {
    return { ...id, type: "message", role: "assistant", status: "in_progress", content: [] };
  }
  if (type === "response.reasoning_text.delta" || type.startsWith("response.reasoning_summary_")) {
    return { ...id, type: "reasoning", summary: [] };
  }
  return undefined;
}

/** The number of the event that made us speak; the writer gives every event its own in the end. */
export function numberOf({ data }: ResponsesEvent): JsonObject {
  return data.sequence_number === undefined ? {} : { sequence_number: data.sequence_number };
}

/** Notes what a delta says. */
export function listen(open: OpenItem, { type, data: { delta } }: ResponsesEvent): void {
  if (typeof delta !== "string") return;
  if (type === "response.output_text.delta") open.text += delta;
  else if (type === "response.reasoning_text.delta") open.reasoning += delta;
  else if (type === "response.function_call_arguments.delta") open.args += delta;
  else if (type === "response.custom_tool_call_input.delta") open.args += delta;
}

/** An object with one key, or with none where there is no value. */
export function named(key: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}

/** A copy of the event with some fields exchanged; its text is gone, for it no longer says the same. */
export function changed(event: ResponsesEvent, patch: JsonObject): ResponsesEvent {
  return { type: event.type, data: { ...event.data, ...patch } };
}
