/**
 * A stage that reads the messages of a Responses stream for what is no text of them: calls that the model wrote out
 * (`written/`), channels of its format. A message that holds nothing else, or that never had content, goes to nobody.
 *
 * Its rule: an event with nothing of the kind goes through as the same object.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { LazySet } from "../../base/lazy_map.ts";
import { isCall, type ResponsesEvent, TERMINAL } from "../../wire/responses.ts";
import { OPENERS } from "../written/forms.ts";
import { settleCalls } from "../written/same_call.ts";
import { MOST_HELD } from "../written/written_calls.ts";
import { reasoningText, withReasoning } from "../response/parts.ts";
import { changed } from "../response/received_item.ts";
import { FoundCalls, type WrittenEventsOptions } from "./found_calls.ts";
import { ItemPlaces } from "./item_places.ts";
import { closed, heldInReasoning, MessageReader, type Tail, textsOf } from "./message_reader.ts";
import { RealCalls } from "./real_calls.ts";

/** Most messages whose announcement is held back; of more, the oldest is shown. */
const MOST_OPEN = 64;

/** Makes the stage for one answer. `push` throws `too_large` for more calls than are allowed. */
export function writtenEvents(
  options: WrittenEventsOptions,
): Stage<ResponsesEvent, ResponsesEvent> {
  return new WrittenEvents(options);
}

class WrittenEvents implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #places = new ItemPlaces();
  readonly #open = new Map<number, MessageReader>();
  /** Those of them of which nothing was shown. */
  readonly #unshown = new LazySet<MessageReader>();
  readonly #calls: RealCalls;
  readonly #found: FoundCalls;
  #tail: Tail | undefined;
  /** Finished reasoning that may end with calls, while nothing followed it. */
  #thought: ResponsesEvent | undefined;
  /** Whether a message has shown text. */
  #said = false;

  constructor(readonly options: WrittenEventsOptions) {
    this.#calls = new RealCalls(options.tools);
    this.#found = new FoundCalls(options, this.#places, this.#calls);
  }

  push(event: ResponsesEvent): ResponsesEvent[] {
    return this.#places.put(this.#read(event));
  }

  end(): ResponsesEvent[] {
    return [];
  }

  #read(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data: { item, output_index: index } } = event;
    if (TERMINAL.has(type)) return this.#terminal(event);
    if (typeof index !== "number") return [event];
    if (isObject(item) && type === "response.output_item.added") {
      return this.#added(event, item, index);
    }
    const reader = this.#open.get(index);
    if (isObject(item) && type === "response.output_item.done") {
      return this.#done(event, item, reader ?? this.#reader(index));
    }
    return reader ? this.#inside(event, reader) : [event];
  }

  #reader(index: number): MessageReader {
    const limit = Math.min(this.options.limits.event ?? MOST_HELD, MOST_HELD);
    return new MessageReader(index, this.options.tools, limit);
  }

  #added(event: ResponsesEvent, item: JsonObject, index: number): ResponsesEvent[] {
    if (item.type === "message") {
      const reader = this.#reader(index);
      reader.item = item;
      reader.opening.push(event);
      this.#open.set(index, reader);
      this.#unshown.add(reader);
      const [first] = this.#unshown.size > MOST_OPEN ? this.#unshown : [];
      return first ? this.#show(first, []) : [];
    }
    const before = isCall(item) ? this.#commit() : this.#release();
    if (isCall(item)) this.#calls.begun(index);
    return before.length === 0 ? [event] : [...before, event];
  }

  /** An event about an open message. */
  #inside(event: ResponsesEvent, reader: MessageReader): ResponsesEvent[] {
    const { type, data } = event;
    if (type !== "response.output_text.delta" || typeof data.delta !== "string") {
      if (type.endsWith(".delta")) return this.#show(reader, [event]);
      if (reader.waits) reader.ending.push(event);
      else if (!reader.announced) reader.opening.push(event);
      else return [event];
      return [];
    }
    const { content_index: part, delta } = data;
    const out: ResponsesEvent[] = [];
    if (reader.part !== undefined && part !== reader.part && reader.waits) {
      out.push(...this.#leave(event, reader));
    }
    reader.part = part ?? 0;
    const shown = reader.push(delta);
    if (shown !== "") {
      const same = shown === delta ? event : changed(event, { delta: shown, logprobs: [] });
      out.push(...this.#show(reader, [same]));
    }
    return out;
  }

  /** A part ends with text held back, and another follows: it was text. */
  #leave(event: ResponsesEvent, reader: MessageReader): ResponsesEvent[] {
    const { part } = reader;
    const text = reader.release();
    const delta = changed(event, { content_index: part, delta: text, logprobs: [] });
    const ending = reader.ending;
    reader.ending = [];
    return this.#show(reader, [...(text === "" ? [] : [delta]), ...ending]);
  }

  /** Something of a message is shown: what was finished before it is text then. */
  #show(reader: MessageReader, events: readonly ResponsesEvent[]): ResponsesEvent[] {
    if (reader.announced) return [...events];
    reader.announced = true;
    this.#unshown.delete(reader);
    this.#said = true;
    const { opening } = reader;
    reader.opening = [];
    return [...this.#release(), ...this.#reason(reader, events[0]), ...opening, ...events];
  }

  /** The reasoning that was found in a message, as an item before it. */
  #reason(reader: MessageReader, near: ResponsesEvent | undefined): ResponsesEvent[] {
    const text = reader.reasoning.toString().trim();
    reader.reasoning.replace("");
    if (text === "") return [];
    return this.#found.reasoning(text, near, reader.item);
  }

  #done(event: ResponsesEvent, item: JsonObject, reader: MessageReader): ResponsesEvent[] {
    if (item.type === "message") return this.#finished(event, item, reader);
    if (item.type === "reasoning" && this.#mayHoldCall(item)) {
      const before = this.#release();
      this.#thought = event;
      return before;
    }
    if (!isCall(item)) return [...this.#release(), event];
    const before = this.#commit();
    return this.#calls.finished(event, item, reader.index) ? before : [...before, event];
  }

  #mayHoldCall(item: JsonObject): boolean {
    return this.options.tools.size > 0 && !this.#said && this.#calls.count === 0 &&
      OPENERS.find(reasoningText(item), 0) !== undefined;
  }

  #finished(event: ResponsesEvent, item: JsonObject, reader: MessageReader): ResponsesEvent[] {
    this.#open.delete(reader.index);
    this.#unshown.delete(reader);
    reader.item = item;
    const { texts, other } = textsOf(item);
    const read = reader.end(texts.at(-1) ?? "");
    const tail = { reader, read, event, item };
    if (read.calls.length > 0) {
      const before = this.#release();
      this.#tail = tail;
      return before;
    }
    const says = other || reader.announced || read.visible !== "" ||
      texts.some((text) => text !== "");
    if (!says || (read.changed && read.visible.trim() === "" && !reader.announced)) {
      return this.#vanish(tail);
    }
    return this.#close(tail, read.visible, read.text);
  }

  /** Ends a message. @param visible its text @param more what of it was not shown yet */
  #close(tail: Tail, visible: string, more: string): ResponsesEvent[] {
    const { finished, events } = closed(tail, visible, more);
    if (finished !== tail.item) this.#places.replace(tail.item, finished);
    return [...this.#show(tail.reader, events), ...this.#reason(tail.reader, tail.event)];
  }

  /** A message that nobody is shown; the reasoning that was in it is. */
  #vanish({ reader, item, event }: Tail): ResponsesEvent[] {
    this.#places.replace(item, undefined);
    const reasoning = this.#reason(reader, event);
    return reasoning.length === 0 ? [] : [...this.#release(), ...reasoning];
  }

  /** A call follows: what was written out at the end of the text before it is calls. */
  #commit(): ResponsesEvent[] {
    const { thought, tail } = this.#takeHeld();
    if (!tail) return thought;
    const { read, reader } = tail;
    this.#found.park(read);
    const closed = read.visible.trim() === "" && !reader.announced
      ? this.#vanish(tail)
      : this.#close(tail, read.visible, read.text);
    return [...thought, ...closed];
  }

  /** Something else follows: it was text. */
  #release(): ResponsesEvent[] {
    const { thought, tail } = this.#takeHeld();
    if (!tail) return thought;
    const { visible, text, raw } = tail.read;
    return [...thought, ...this.#close(tail, visible + raw, text + raw)];
  }

  #takeHeld(): { thought: ResponsesEvent[]; tail: Tail | undefined } {
    const held = { thought: this.#thought ? [this.#thought] : [], tail: this.#tail };
    this.#thought = this.#tail = undefined;
    return held;
  }

  #terminal(event: ResponsesEvent): ResponsesEvent[] {
    const { calls = [] } = this.#tail?.read ?? {};
    const lost = settleCalls(calls, this.#calls.all, this.options.tools).lost;
    const out = event.type === "response.completed"
      ? [
        ...this.#thoughtCalls(),
        ...(lost ? this.#release() : this.#commit()),
        ...this.#found.settle(event),
      ]
      : [...this.#release(), ...this.#calls.release(new Map())];
    return [...out, this.#places.terminal(event)];
  }

  /** An answer of reasoning alone may hold its call at the end of the reasoning (docs/facts/providers.md §1.5). */
  #thoughtCalls(): ResponsesEvent[] {
    const event = this.#thought;
    const item = event?.data.item;
    if (!event || !isObject(item) || this.#said || this.#calls.count > 0) return [];
    const held = heldInReasoning(item, this.options.tools);
    if (!held) return [];
    const kept = withReasoning(item, held.text);
    this.#places.replace(item, kept);
    this.#thought = undefined;
    this.#found.park(held);
    return [changed(event, { item: kept })];
  }
}
