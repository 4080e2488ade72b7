/**
 * Reads the text of one message of a Responses stream, delta by delta: what of it is shown, what is reasoning in a channel,
 * what is calls that were written out.
 *
 * Its rule: what was shown is never read twice, and what is read needs no memory but what is held back.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { reasoningText } from "../response/parts.ts";
import { changed, numberOf } from "../response/received_item.ts";
import { Channels } from "../written/channels.ts";
import type { WrittenTools } from "../written/tools.ts";
import { type HeldText, MOST_HELD, WrittenCalls } from "../written/written_calls.ts";

/** What a message turned out to hold. */
export interface ReadMessage extends HeldText {
  /** The message without reasoning and calls. */
  readonly visible: string;
  /** Whether it is not what the provider sent. */
  readonly changed: boolean;
}

/** The text of one message. */
export class MessageReader {
  /** Its announcement, while nothing of it was shown. */
  opening: ResponsesEvent[] = [];
  announced = false;
  /** The item as it was told last. */
  item: JsonObject | undefined;
  /** The events at its end, while it is not known whether its text is. */
  ending: ResponsesEvent[] = [];
  /** Reasoning that was found in it and is not written yet. */
  reasoning = new GrowingText();
  /** The content part that is read. */
  part: Json | undefined;
  #length = 0;
  #channels: Channels;
  #texts: WrittenCalls;
  /** Whether marks of channels were taken out. */
  #channelled = false;

  constructor(readonly index: number, readonly tools: WrittenTools, readonly limit: number) {
    this.#channels = new Channels();
    this.#texts = new WrittenCalls(tools, limit);
  }

  /** Whether the message's end has to wait for what is held back. */
  get waits(): boolean {
    return this.#channelled || this.#texts.holds || this.#channels.holds;
  }

  /** Takes a delta; returns the text that may be shown. */
  push(delta: string): string {
    this.#length += delta.length;
    if (this.tools.size === 0) return delta;
    const pieces = this.#channels.push(delta);
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === "text") return this.#texts.push(only.text);
    let shown = "";
    for (const { kind, text } of pieces) {
      if (kind === "text") shown += this.#texts.push(text);
      else this.reasoning.add(text);
    }
    this.#channelled ||= this.#channels.channelled;
    return shown;
  }

  /** Another part begins: returns the text of this one that was held back. */
  release(): string {
    let text = "";
    for (const piece of this.#channels.end()) text += this.#texts.push(piece.text);
    this.#length = 0;
    return text + this.#texts.interrupt();
  }

  /** The message is finished. @param full the text of its last part */
  end(full: string): ReadMessage {
    this.#channelled ||= this.#channels.channelled;
    if (this.#channelled || full.length !== this.#length) return this.#again(full);
    let text = "";
    for (const piece of this.#channels.end()) text += this.#texts.push(piece.text);
    const held = this.#texts.end(true);
    const visible = held.calls.length === 0 ? full : full.slice(0, full.length - held.raw.length);
    return { ...held, text: text + held.text, visible, changed: held.calls.length > 0 };
  }

  /** Reads all of it again: it has channels, or came without its deltas. */
  #again(full: string): ReadMessage {
    if (this.tools.size === 0) {
      return { text: "", calls: [], raw: "", visible: full, changed: false };
    }
    const channels = new Channels();
    const texts = new WrittenCalls(this.tools, this.limit);
    const reasoning = new GrowingText();
    const visible = new GrowingText();
    const take = (pieces: ReturnType<Channels["push"]>) => {
      for (const { kind, text } of pieces) {
        if (kind === "text") visible.add(texts.push(text));
        else reasoning.add(text);
      }
    };
    take(channels.push(full));
    take(channels.end());
    const held = texts.end(true);
    visible.add(held.text);
    if (!this.#channelled) this.reasoning = reasoning;
    const changed = channels.channelled || held.calls.length > 0;
    return { ...held, text: "", visible: visible.toString(), changed };
  }
}

/** A message that is finished and may hold more than text. */
export interface Tail {
  readonly reader: MessageReader;
  readonly read: ReadMessage;
  readonly event: ResponsesEvent;
  readonly item: JsonObject;
}

/** The texts of a message's parts, and whether it holds anything but text. */
export function textsOf({ content }: JsonObject): { texts: readonly string[]; other: boolean } {
  const parts = Array.isArray(content) ? content : [];
  const texts = parts.filter(isObject).filter(({ type }) => type === "output_text")
    .map(({ text }) => typeof text === "string" ? text : "");
  return { texts, other: texts.length < parts.length };
}

/** The message with another text in its last text part. */
function withText(item: JsonObject, text: string): JsonObject {
  const parts = Array.isArray(item.content) ? [...item.content] : [];
  for (let at = parts.length - 1; at >= 0; at--) {
    const part = parts[at];
    if (!isObject(part) || part.type !== "output_text") continue;
    parts[at] = { ...part, text };
    return { ...item, content: parts };
  }
  return item;
}

/** The events with which a message ends. @param visible its text @param more what of it was not shown yet */
export function closed(
  { reader, read, event, item }: Tail,
  visible: string,
  more: string,
): { readonly finished: JsonObject; readonly events: ResponsesEvent[] } {
  const { ending, part } = reader;
  const change = read.changed && visible !== textsOf(item).texts.at(-1);
  const finished = change ? withText(item, visible) : item;
  const delta = more === "" ? [] : [textDelta(event, part ?? 0, more)];
  const ends = change ? ending.map((each) => retold(each, visible)) : ending;
  const done = change ? changed(event, { item: finished }) : event;
  return { finished, events: [...delta, ...ends, done] };
}

/** An event at the end of a message whose text is another one. */
function retold(event: ResponsesEvent, text: string): ResponsesEvent {
  const { part } = event.data;
  if (event.type === "response.output_text.done") return changed(event, { text });
  return isObject(part) ? changed(event, { part: { ...part, text } }) : event;
}

/** A delta of a message's text. @param done the event that finishes the message */
function textDelta({ data }: ResponsesEvent, part: Json, delta: string): ResponsesEvent {
  const { output_index, item } = data;
  const fields = { output_index, content_index: part, delta, logprobs: [] };
  const id = isObject(item) ? { item_id: item.id } : {};
  return responsesEvent("response.output_text.delta", {
    ...fields,
    ...id,
    ...numberOf({ type: "", data }),
  });
}

/** The calls at the end of a reasoning item, `text` being the reasoning without them; `undefined` where it holds none. */
export function heldInReasoning(item: JsonObject, tools: WrittenTools): HeldText | undefined {
  const texts = new WrittenCalls(tools, MOST_HELD);
  const shown = texts.push(reasoningText(item));
  const held = texts.end(true);
  const none = held.calls.length === 0 || held.calls.some(({ name }) => name === "");
  return none ? undefined : { ...held, text: shown + held.text };
}
