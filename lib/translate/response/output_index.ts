/**
 * Gives every output item an index of its own: some providers give all of them index 0, or none.
 *
 * Items are told apart by their ids, else by their indexes. An event that is right goes through as the same object.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { isIndex, MAX_ID, MOST_ITEMS, tooManyItems } from "../answer_limits.ts";
import { changed, numberOf } from "./received_item.ts";

interface IndexedItem {
  /** The index that the provider gives it, if any. */
  readonly given: number | undefined;
  /** The index under which it goes to the client. */
  readonly index: number;
  readonly type: Json | undefined;
  id: string | undefined;
  callId: string | undefined;
  done: boolean;
}

/** Highest index that is kept; an item with a higher one gets the next free index. */
const MOST_GIVEN = 1_000_000;

/** Events that name an item by its id, its index or neither. */
const ABOUT_ITEM = /^response\..+\.(?:delta|done|added)$/;

/** A stage that gives another index to the events of an item whose index another item has. `push` throws `too_large` beyond {@link MOST_ITEMS}. */
export function outputIndexer(): Stage<ResponsesEvent, ResponsesEvent> {
  return new OutputIndexer();
}

class OutputIndexer implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #items: IndexedItem[] = [];
  /** The latest item of each id, and of each given index. */
  readonly #byId = new Map<string, IndexedItem>();
  readonly #byGiven = new Map<number, IndexedItem>();
  readonly #byCall = new LazyMap<string, IndexedItem>();
  readonly #taken = new Set<number>();
  #highest = -1;
  #over = false;
  /** Items that are not done, in their order; {@link latest} removes those that are done by now. */
  readonly #open: IndexedItem[] = [];
  readonly #openByType = new Map<Json | undefined, IndexedItem[]>();

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    const { output_index: index } = data;
    const given = isIndex(index) && index <= MOST_GIVEN ? index : undefined;
    const entry = type === "response.output_item.added" && isObject(data.item)
      ? this.#added(data.item, given)
      : type === "response.output_item.done" && isObject(data.item)
      ? this.#done(data.item, given)
      : ABOUT_ITEM.test(type)
      ? this.#inside(idOf(data.item_id), given)
      : undefined;
    if (type === "response.completed" && !this.#over) {
      this.#over = true;
      return [...this.#unannouncedCalls(event), event];
    }
    if (!entry || entry.index === data.output_index) return [event];
    return [changed(event, { output_index: entry.index })];
  }

  end(): ResponsesEvent[] {
    return [];
  }

  #added(item: JsonObject, given: number | undefined): IndexedItem {
    const at = given === undefined ? undefined : this.#byGiven.get(given);
    return at && same(at, item) ? at : this.#begin(item, given);
  }

  #done(item: JsonObject, given: number | undefined): IndexedItem {
    const id = idOf(item.id);
    const known = id === undefined ? undefined : this.#byId.get(id);
    const at = given === undefined
      ? latest(this.#openByType.get(item.type))
      : this.#byGiven.get(given);
    const called = this.#byCall.get(idOf(item.call_id) ?? "");
    // An item is its id first. One without it may change its id until it is done, but not its call id.
    const entry = known && same(known, item)
      ? known
      : called && !called.done && same(called, item)
      ? called
      : known && isItself(known, item, given)
      ? known
      : at && (at.done ? same(at, item) : sameCall(at, item))
      ? at
      : this.#begin(item, given);
    entry.done = true;
    entry.id = id ?? entry.id;
    entry.callId = idOf(item.call_id) ?? entry.callId;
    return entry;
  }

  /** The item of an event; `undefined` for an item that was never announced: the event keeps its index. */
  #inside(id: string | undefined, given: number | undefined): IndexedItem | undefined {
    const known = id === undefined ? undefined : this.#byId.get(id);
    if (known && !known.done) return known;
    return given === undefined ? known ?? latest(this.#open) : this.#byGiven.get(given) ?? known;
  }

  /**
   * The `done` events of calls that are only in the final `output`. Where no item came before the end, there are none: the
   * normalizer takes all of `output` then. At most as many calls as the stream lacks: a relay may give the calls of the
   * stream other ids in `output`.
   */
  #unannouncedCalls({ data }: ResponsesEvent): ResponsesEvent[] {
    const output = isObject(data.response) ? data.response.output : undefined;
    if (this.#items.length === 0 || !Array.isArray(output)) return [];
    const calls = output.filter(isObject).filter(isCall);
    const received = this.#items.filter(({ type }) => isCall({ type }));
    const known = new Set(received.map(({ callId }) => callId));
    return calls.filter(({ id, call_id }) =>
      !known.has(idOf(call_id)) && !this.#byId.has(idOf(id) ?? "")
    )
      .slice(0, Math.max(0, calls.length - received.length))
      .map((item) =>
        responsesEvent("response.output_item.done", {
          output_index: this.#begin(item, undefined).index,
          item,
          ...numberOf({ type: "", data }),
        })
      );
  }

  #begin(item: JsonObject, given: number | undefined): IndexedItem {
    if (this.#items.length >= MOST_ITEMS) throw tooManyItems();
    const free = given !== undefined && !this.#taken.has(given);
    const index = free ? given : this.#highest + 1;
    const id = idOf(item.id);
    const callId = idOf(item.call_id);
    const type = idOf(item.type);
    const entry = { given, index, type, id, callId, done: false };
    this.#highest = Math.max(this.#highest, index);
    this.#taken.add(index);
    this.#items.push(entry);
    this.#open.push(entry);
    const alike = this.#openByType.get(type);
    if (alike) alike.push(entry);
    else this.#openByType.set(type, [entry]);
    if (id !== undefined) this.#byId.set(id, entry);
    if (callId !== undefined) this.#byCall.set(callId, entry);
    if (given !== undefined) this.#byGiven.set(given, entry);
    return entry;
  }
}

/** The latest item that is not done; removes those behind it. */
function latest(items: IndexedItem[] | undefined): IndexedItem | undefined {
  while (items?.at(-1)?.done) items.pop();
  return items?.at(-1);
}

/** An id that can identify an item: text, not longer than {@link MAX_ID}. */
function idOf(value: Json | undefined): string | undefined {
  const id = filled(value);
  return id !== undefined && id.length <= MAX_ID ? id : undefined;
}

/** Whether an item may be the one of an entry: no field that both have differs. */
function same(entry: IndexedItem, item: JsonObject): boolean {
  const id = idOf(item.id);
  const other = id !== undefined && entry.id !== undefined && id !== entry.id;
  return !other && entry.type === item.type && sameCall(entry, item);
}

/**
 * Whether an item has the id of an entry and is that entry, although its call id is another: one that is not done, or that
 * comes again at its own index.
 */
function isItself(entry: IndexedItem, { type }: JsonObject, given: number | undefined): boolean {
  return entry.type === type && (!entry.done || given === undefined || given === entry.given);
}

function sameCall({ callId }: IndexedItem, item: JsonObject): boolean {
  const own = idOf(item.call_id);
  return own === undefined || callId === undefined || own === callId;
}
