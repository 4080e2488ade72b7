/**
 * Writes the items of an answer as Responses events.
 *
 * `output_item.done` is written only when the item is complete. An item that is open when the stream breaks gets none. Every
 * event has its `sequence_number`, from 0. No text holds half a character: Codex's parser would refuse the event, and with it
 * the item (a lone surrogate is not valid JSON for serde).
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { GrowingText } from "../../base/growing_text.ts";
import type { Json, JsonObject } from "../../base/json.ts";
import {
  outputText,
  type ResponseHead,
  responseObject,
  type ResponseState,
} from "../../wire/response_object.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import { MOST_ITEMS, tooManyItems } from "../answer_limits.ts";
import { StateCollector } from "../opaque/state.ts";
import { reasoningItem, stateItem } from "../opaque/reasoning_mark.ts";

/** An item that is open: announced and not done. */
export interface WrittenItem {
  readonly id: string;
  readonly index: number;
  /** The text of its deltas. Empty for a call: `tool_calls.ts` keeps its arguments. */
  readonly text: GrowingText;
  /** The first half of a character whose second half the next delta may bring. */
  half: string;
  /** Whether no deltas are sent, because what was shown is no beginning of the text: its `done` holds the text. */
  readonly silent?: boolean;
}

/** The id and the name of a call as Codex gets them. */
export interface CallHead {
  readonly call_id: string;
  readonly name: string;
}

/** Shared by all deltas; it is never changed. */
const NO_LOGPROBS: Json[] = [];

/** Options of {@link Writer}. */
interface WriterOptions {
  /** When the answer was asked for, in seconds since the epoch. */
  readonly createdAt: number;
  readonly random: Random;
  /** The id of the answer whose reasoning this one's belongs to. @default its own */
  readonly unfinished?: string | undefined;
  /** Who gives it, see `senderName`. @default the mark of its reasoning does not say */
  readonly sender?: string | undefined;
  /** The field in which the provider gets reasoning back as text. */
  readonly reasoningField?: string | null;
}

/** Writes one answer. Events gather until {@link Writer.take}. */
export class Writer {
  #head: ResponseHead;
  readonly #thinksFor: string;
  readonly #sender: string | undefined;
  /** What the provider wants back; it goes out with the next reasoning item that ends. */
  readonly state: StateCollector;
  readonly random: Random;
  /** Finished items by their index; an item that was never finished leaves a hole. */
  readonly #output: JsonObject[] = [];
  #events: ResponsesEvent[] = [];
  #sequence = 0;
  #index = 0;

  constructor(model: string, options: WriterOptions) {
    const { createdAt, random, unfinished, sender, reasoningField } = options;
    const id = `resp_${random.id()}`;
    this.random = random;
    this.#head = { id, model, createdAt: Math.trunc(createdAt) };
    this.#thinksFor = unfinished ?? id;
    this.#sender = sender;
    this.state = new StateCollector(reasoningField);
  }

  /** Returns the events written since the last call. */
  take(): ResponsesEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }

  /** Opens the response. @param created seconds since the epoch, where the provider gives them */
  open(created: Json | undefined): void {
    if (typeof created === "number" && Number.isFinite(created)) {
      this.#head = { ...this.#head, createdAt: Math.trunc(created) };
    }
    this.#write("response.created", { response: this.#response("in_progress") });
    this.#write("response.in_progress", { response: this.#response("in_progress") });
  }

  /** Closes the response with its terminal event, which holds all finished items. @param usage in the strict shape */
  close(status: "completed" | "incomplete", usage: JsonObject | null): void {
    if (status === "completed") this.closeState();
    const output = this.#output.filter((item) => item !== undefined);
    const reason = status === "incomplete" ? { reason: "max_output_tokens" as const } : {};
    this.#write(`response.${status}`, {
      response: this.#response(status, { output, usage, ...reason }),
    });
  }

  openMessage(): WrittenItem {
    const item = this.#item("msg_");
    const content: Json[] = [];
    this.#added(item, messageItem(item, "in_progress", content));
    this.#inside("response.content_part.added", item, { content_index: 0, part: outputText("") });
    return item;
  }

  messageDelta(item: WrittenItem, delta: string): void {
    item.text.add(delta);
    const fields = { content_index: 0, logprobs: NO_LOGPROBS };
    this.#delta("response.output_text.delta", item, delta, fields);
  }

  /** The same message with a new, empty text, which only its `done` will show: no deltas are sent for it. */
  restartMessage({ id, index }: WrittenItem): WrittenItem {
    return { id, index, text: new GrowingText(), half: "", silent: true };
  }

  closeMessage(item: WrittenItem): void {
    const text = item.text.toString().toWellFormed();
    const part = outputText(text);
    const logprobs = NO_LOGPROBS;
    this.#inside("response.output_text.done", item, { content_index: 0, text, logprobs });
    this.#inside("response.content_part.done", item, { content_index: 0, part });
    this.#done(item, messageItem(item, "completed", [part]));
  }

  openReasoning(): WrittenItem {
    const item = this.#item("rs_");
    this.#added(item, { id: item.id, type: "reasoning", summary: [] });
    const part = { type: "summary_text", text: "" };
    this.#inside("response.reasoning_summary_part.added", item, { summary_index: 0, part });
    return item;
  }

  reasoningDelta(item: WrittenItem, delta: string): void {
    item.text.add(delta);
    this.#delta("response.reasoning_summary_text.delta", item, delta, { summary_index: 0 });
  }

  /** @param kept the text that stays, where that is not all that was shown */
  closeReasoning(item: WrittenItem, kept = item.text.toString()): void {
    const text = kept.toWellFormed();
    const part = { type: "summary_text", text };
    this.#inside("response.reasoning_summary_text.done", item, { summary_index: 0, text });
    this.#inside("response.reasoning_summary_part.done", item, { summary_index: 0, part });
    this.#done(item, reasoningItem(item.id, text, this.#mark()));
  }

  /** Writes the state that came behind the last reasoning, in an item of its own that shows nothing. */
  closeState(): void {
    const mark = this.#mark();
    if (this.#sender === undefined || !mark.state?.message && !mark.state?.calls) return;
    const item = this.#item("rs_");
    this.#added(item, { id: item.id, type: "reasoning", summary: [] });
    this.#done(item, stateItem(item.id, mark));
  }

  #mark(): Parameters<typeof stateItem>[1] {
    return { answer: this.#thinksFor, from: this.#sender, state: this.state.take() };
  }

  openCall(head: CallHead): WrittenItem {
    const item = this.#item("fc_");
    this.#added(item, callItem(item, head, "in_progress", ""));
    return item;
  }

  callDelta(item: WrittenItem, delta: string): void {
    this.#delta("response.function_call_arguments.delta", item, delta, {});
  }

  closeCall(item: WrittenItem, head: CallHead, args: string): void {
    const text = args.toWellFormed();
    this.#inside("response.function_call_arguments.done", item, {
      arguments: text,
      name: head.name,
    });
    this.#done(item, callItem(item, head, "completed", text));
  }

  /** @throws Failure `too_large` for more than {@link MOST_ITEMS} items */
  #item(prefix: string): WrittenItem {
    if (this.#index >= MOST_ITEMS) throw tooManyItems();
    return {
      id: prefix + this.random.id(),
      index: this.#index++,
      text: new GrowingText(),
      half: "",
    };
  }

  #added(item: WrittenItem, value: JsonObject): void {
    this.#write("response.output_item.added", { output_index: item.index, item: value });
  }

  #inside(type: string, item: WrittenItem, fields: JsonObject): void {
    this.#write(type, { item_id: item.id, output_index: item.index, ...fields });
  }

  #delta(type: string, item: WrittenItem, delta: string, fields: JsonObject): void {
    if (item.silent) return;
    const text = item.half + delta;
    const last = text.charCodeAt(text.length - 1);
    item.half = last >= 0xd800 && last <= 0xdbff ? text.slice(-1) : "";
    const complete = (item.half === "" ? text : text.slice(0, -1)).toWellFormed();
    if (complete !== "") this.#inside(type, item, { ...fields, delta: complete });
  }

  #done(item: WrittenItem, value: JsonObject): void {
    this.#output[item.index] = value;
    this.#write("response.output_item.done", { output_index: item.index, item: value });
  }

  #write(type: string, fields: JsonObject): void {
    this.#events.push({
      type,
      data: { type, sequence_number: this.#sequence++, ...fields },
    });
  }

  #response(
    status: "in_progress" | "completed" | "incomplete",
    state?: ResponseState,
  ): JsonObject {
    return responseObject(this.#head, status, state);
  }
}

function messageItem({ id }: WrittenItem, status: string, content: Json[]): JsonObject {
  return { id, type: "message", status, role: "assistant", content };
}

function callItem(item: WrittenItem, head: CallHead, status: string, args: string): JsonObject {
  return { id: item.id, type: "function_call", status, ...head, arguments: args };
}
