/**
 * An output item that has begun: what was received of it so far, and small changes to the events about it.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { filled, type JsonObject } from "../../base/json.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import { isIndex } from "../answer_limits.ts";
import { callText, nothingReceived, type ReceivedParts, textId } from "./normalize_item.ts";

/** An item that was begun and is not done. */
export interface ReceivedItem extends ReceivedParts {
  /** The id under which it goes to the client. */
  readonly id: string | undefined;
  /** The `item` of its `output_item.added`; of a call that was never announced, what its deltas show. */
  readonly early: JsonObject;
  /** Whether the client was sent its `added`. */
  readonly announced: boolean;
  /** Whether it is counted as a call. */
  readonly counted: boolean;
  /** Whether its arguments were filled in once: a small event that becomes large must not do so again and again. */
  filled: boolean;
}

/** What is known when an item opens. */
type Begun = Pick<ReceivedItem, "id" | "early" | "announced" | "counted">;

/** An item that begins, with what its deltas brought before it was announced. @param received what was at its index before */
export function begun(received: ReceivedItem | undefined, fields: Begun): ReceivedItem {
  return {
    ...(received?.announced === false ? received : nothingReceived()),
    filled: false,
    ...fields,
  };
}

/** The item that a delta without an announcement must belong to. */
export function impliedItem({ type, data }: ResponsesEvent): JsonObject | undefined {
  const id = named("id", textId(data.item_id));
  if (type === "response.output_text.delta") {
    return { ...id, type: "message", role: "assistant", status: "in_progress", content: [] };
  }
  if (type === "response.reasoning_text.delta" || type.startsWith("response.reasoning_summary_")) {
    return { ...id, type: "reasoning", summary: [] };
  }
  return undefined;
}

/** The `sequence_number` of an event, for an event that is made from it. Whoever writes the stream numbers it again. */
export function numberOf({ data }: ResponsesEvent): JsonObject {
  return data.sequence_number === undefined ? {} : { sequence_number: data.sequence_number };
}

/** The call that a delta without an announcement belongs to. Its name is not known, so it cannot be announced. */
export function impliedCall({ type, data }: ResponsesEvent): JsonObject | undefined {
  const call = /^response\.(function_call_arguments|custom_tool_call_input)\./.exec(type)?.[1];
  if (!call) return undefined;
  const id = named("id", textId(data.item_id));
  return { ...id, type: call === "function_call_arguments" ? "function_call" : "custom_tool_call" };
}

/** Adds a delta, or the text of a part's `done` where its deltas were shorter, to an item; its weight grows with it. */
export function accumulate(open: ReceivedItem, { type, data }: ResponsesEvent): void {
  const delta = typeof data.delta === "string" ? data.delta : "";
  switch (type) {
    case "response.output_text.delta":
    case "response.refusal.delta":
      return grow(open, partOf(open, data), delta);
    case "response.output_text.done":
    case "response.refusal.done":
      return setText(open, partOf(open, data), filled(data.text) ?? filled(data.refusal));
    case "response.reasoning_text.delta":
      return grow(open, open.reasoning, delta);
    case "response.function_call_arguments.delta":
    case "response.custom_tool_call_input.delta":
      return grow(open, open.args, delta);
    case "response.function_call_arguments.done":
      return setText(open, open.args, callText(data.arguments, ""));
    case "response.custom_tool_call_input.done":
      return setText(open, open.args, callText(data.input, ""));
  }
}

/** The weight of each content part besides its text. */
const PART = 64;

function partOf(open: ReceivedItem, { content_index: index }: JsonObject): GrowingText {
  const part = isIndex(index) ? index : 0;
  let text = open.text.get(part);
  if (!text) {
    text = new GrowingText();
    open.text.set(part, text);
    open.weight += PART;
  }
  return text;
}

function grow(open: ReceivedItem, text: GrowingText, more: string): void {
  text.add(more);
  open.weight += more.length;
}

/** Takes the complete text of a part, where it is longer than what its deltas brought. */
function setText(open: ReceivedItem, text: GrowingText, complete: string | undefined): void {
  if (complete === undefined || complete.length <= text.length) return;
  open.weight += complete.length - text.length;
  text.replace(complete);
}

/** An object with one key, or with none where there is no value. */
export function named(key: string, value: string | undefined): JsonObject {
  return value === undefined ? {} : { [key]: value };
}

/** A copy of the event with some fields replaced, and without its JSON text, which no longer fits. */
export function changed(event: ResponsesEvent, patch: JsonObject): ResponsesEvent {
  return { type: event.type, data: { ...event.data, ...patch } };
}
