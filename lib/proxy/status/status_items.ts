/**
 * Carries status lines to the client as headings of a reasoning item, and keeps the rest of the answer lawful around it.
 *
 * Its rules (docs/facts/codex.md §9): nothing is said once a message has begun, because Codex shows no status line then; no
 * item of ours is open when another begins, or at the end; one that the provider's own reasoning goes on in ends with its
 * true summary; before an item of ours ends, its last heading is Codex's own word again, because that heading stays.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { LazyMap, LazySet } from "../../base/lazy_map.ts";
import { isOwnReasoning } from "../../translate/opaque/reasoning_mark.ts";
import { ID_PREFIX, type ResponsesEvent, responsesEvent, TERMINAL } from "../../wire/responses.ts";
import { heading, itemDone, type OpenReasoning, partAdded, reasoningAt } from "./open_reasoning.ts";
import type { StatusForm } from "./status_client.ts";

/** What Codex itself says while it waits. */
const WORKING = "Working";

/** The items of one answer on their way to the client, and the lines between them. */
export class StatusItems {
  readonly #form: StatusForm;
  readonly #random: Random;
  /** Ours, which no item of the provider goes on in yet. */
  #ours: OpenReasoning | undefined;
  /** The provider's reasoning by its index there, in an item of ours or in its own. */
  readonly #reasoning = new LazyMap<number, OpenReasoning>();
  /** The client's index of every item of the provider. */
  readonly #indexes = new LazyMap<number, number>();
  /** Items of the provider that are open and no reasoning. */
  readonly #others = new LazySet<number>();
  /** The ids of the provider's items that go out under one of ours. */
  readonly #renamed = new LazyMap<string, string>();
  #last = -1;
  /** How many items of ours stand before the next one of the provider. */
  #shift = 0;
  #speaking = false;

  constructor(form: StatusForm, random: Random) {
    this.#form = form;
    this.#random = random;
  }

  /** The events that show a line; none where it cannot be shown now. */
  say(line: string): ResponsesEvent[] {
    if (this.#speaking || this.#others.size > 0) return [];
    if (this.#form === "items") {
      return this.#reasoning.size > 0 ? [] : [...this.#close(), ...this.#open(line)];
    }
    const open = this.#ours ?? [...this.#reasoning.values()].at(-1);
    return open ? heading(open, line) : this.#open(line);
  }

  /** What the client gets for events of the answer. */
  pass(events: readonly ResponsesEvent[]): ResponsesEvent[] {
    return events.flatMap((event) => this.#pass(event));
  }

  #pass(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    if (TERMINAL.has(type)) return [...this.#end(), this.#renamedIn(event)];
    const { output_index: index, item } = data;
    if (typeof index !== "number") return [event];
    if (this.#indexes.has(index)) return this.#follow(event, index);
    if (isObject(item) && item.type === "reasoning" && this.#ours && this.#form === "parts") {
      return this.#goOn(event, index, item, this.#ours);
    }
    const before = this.#end();
    this.#indexes.set(index, index + this.#shift);
    this.#last = Math.max(this.#last, index + this.#shift);
    if (type === "response.output_item.added" && isObject(item)) this.#begin(index, item);
    if (isObject(item) && item.type === "message") this.#speaking = true;
    return [...before, this.#placed(event, index)];
  }

  #begin(index: number, item: JsonObject): void {
    if (item.type !== "reasoning") this.#others.add(index);
    else {
      this.#reasoning.set(index, reasoningAt(filled(item.id) ?? "", index + this.#shift));
    }
  }

  /** The provider's reasoning goes on in our item. */
  #goOn(
    event: ResponsesEvent,
    index: number,
    item: JsonObject,
    ours: OpenReasoning,
  ): ResponsesEvent[] {
    this.#ours = undefined;
    this.#shift--; // it stands where ours stands
    this.#indexes.set(index, ours.index);
    this.#reasoning.set(index, ours);
    const id = filled(item.id);
    if (id !== undefined) this.#renamed.set(id, ours.id);
    return event.type === "response.output_item.added" ? [] : this.#follow(event, index);
  }

  #follow(event: ResponsesEvent, index: number): ResponsesEvent[] {
    const done = event.type === "response.output_item.done";
    if (done) this.#others.delete(index);
    const open = this.#reasoning.get(index);
    if (!open) return [this.#placed(event, index)];
    if (done) {
      this.#reasoning.delete(index);
      return [...this.#working(open), ...this.#done(event, index, open)];
    }
    const { summary_index: part } = event.data;
    if (typeof part !== "number") return [...this.#working(open), this.#placed(event, index)];
    const begins = event.type === "response.reasoning_summary_part.added";
    const before = begins
      ? this.#working(open)
      : [...this.#working(open), ...this.#part(open, part)];
    if (begins && !open.numbers.has(part)) open.numbers.set(part, open.parts++);
    const number = open.numbers.get(part) ?? part;
    return [...before, this.#placed(event, index, { summary_index: number })];
  }

  /** Sealed reasoning belongs to its own id, so it follows our item instead of ending it. */
  #done(event: ResponsesEvent, index: number, open: OpenReasoning): ResponsesEvent[] {
    const item = event.data.item as JsonObject;
    const renamed = [...this.#renamed.values()].includes(open.id);
    if (!renamed || isOwnReasoning(item) || filled(item.encrypted_content) === undefined) {
      return [this.#placed(event, index)];
    }
    this.#renamed.delete(filled(item.id) ?? "");
    this.#shift++;
    this.#indexes.set(index, ++this.#last);
    return [itemDone(open), this.#placed(event, index)];
  }

  /** A part of the provider's that the last heading of ours interrupted goes on in a new one. */
  #part(open: OpenReasoning, part: number): ResponsesEvent[] {
    if (open.numbers.has(part)) return [];
    if (!open.interrupted) {
      open.numbers.set(part, part);
      open.parts = Math.max(open.parts, part + 1);
      return [];
    }
    open.numbers.set(part, open.parts);
    return [partAdded(open)];
  }

  #open(line: string): ResponsesEvent[] {
    const id = ID_PREFIX.reasoning + this.#random.id();
    const index = ++this.#last;
    this.#shift++;
    const item = { id, type: "reasoning", summary: [] };
    const ours = this.#ours = reasoningAt(id, index);
    const added = { output_index: index, item, sequence_number: 0 };
    return [responsesEvent("response.output_item.added", added), ...heading(ours, line)];
  }

  /** Takes our heading away. */
  #working(open: OpenReasoning): ResponsesEvent[] {
    if (!open.stale) return [];
    const events = heading(open, WORKING);
    open.stale = false;
    return events;
  }

  /** Ends our item before one of the provider's begins. */
  #end(): ResponsesEvent[] {
    const ours = this.#ours;
    if (!ours) return [];
    if (this.#form === "parts") return [...this.#working(ours), ...this.#close()];
    return [...this.#close(), ...this.#open(WORKING), ...this.#close()];
  }

  #close(): ResponsesEvent[] {
    const ours = this.#ours;
    this.#ours = undefined;
    return ours ? [itemDone(ours)] : [];
  }

  #placed(event: ResponsesEvent, index: number, more: JsonObject = {}): ResponsesEvent {
    const { type, data } = event;
    const at = this.#indexes.get(index) ?? index;
    const id = this.#renamed.get(filled(isObject(data.item) ? data.item.id : data.item_id) ?? "");
    const same = at === index && id === undefined &&
      (more.summary_index === undefined || more.summary_index === data.summary_index);
    if (same) return event;
    const named = id === undefined
      ? {}
      : isObject(data.item)
      ? { item: { ...data.item, id } }
      : { item_id: id };
    return { type, data: { ...data, ...more, ...named, output_index: at } };
  }

  /** The list of items in a terminal event, under the ids that the client knows. */
  #renamedIn(event: ResponsesEvent): ResponsesEvent {
    const { response } = event.data;
    if (this.#renamed.size === 0 || !isObject(response) || !Array.isArray(response.output)) {
      return event;
    }
    const output = response.output.map((item) => {
      const id = isObject(item) ? this.#renamed.get(filled(item.id) ?? "") : undefined;
      return isObject(item) && id !== undefined ? { ...item, id } : item;
    });
    return { type: event.type, data: { ...event.data, response: { ...response, output } } };
  }
}
