/**
 * Gives every output item a place of its own: some providers number all of them 0, or not at all.
 *
 * Items are told apart by their ids, then by their places. What is right goes through as the very same object.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { isIndex, MAX_ID, MOST_ITEMS, tooManyItems } from "../answer_limits.ts";
import { changed, numberOf } from "./open_item.ts";

interface Integration {
  /** The index under which the provider speaks of it, where it gives one. */
  readonly given: number | undefined;
  /** The index it goes out with. */
  readonly index: number;
  readonly type: Json | undefined;
  id: string | undefined;
  callId: string | undefined;
  done: boolean;
}

/** A higher index is no place in a list: the item gets the next one. */
const MOST_GIVEN = 1_000_000;

/** Events that name an item by its id, its index or neither. */
const ABOUT_ITEM = /^response\..+\.(?:delta|done|added)$/;

/** A stage that moves the events of items whose index another item has. `push` throws `too_large` beyond {@link MOST_ITEMS}. */
export function outputIndexer(): Stage<ResponsesEvent, ResponsesEvent> {
  return new Placer();
}

class Placer implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #places: Integration[] = [];
  /** The latest item of each id, and of each given index. */
  readonly #byId = new Map<string, Integration>();
  readonly #byGiven = new Map<number, Integration>();
  readonly #taken = new Set<number>();
  #highest = -1;
  #over = false;
  /** Items that are not done, each list in their order; those that are done by now go when they are met. */
  readonly #open: Integration[] = [];
  readonly #openByType = new Map<Json | undefined, Integration[]>();

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    const { output_index: index } = data;
    const given = isIndex(index) && index <= MOST_GIVEN ? index : undefined;
    const place = type === "response.output_item.added" && isObject(data.item)
      ? this.#added(data.item, given)
      : type === "response.output_item.done" && isObject(data.item)
      ? this.#done(data.item, given)
      : ABOUT_ITEM.test(type)
      ? this.#inside(idOf(data.item_id), given)
      : undefined;
    if (type === "response.completed" && !this.#over) {
      this.#over = true;
      return [...this.#nothingAccumulated(event), event];
    }
    if (!place || place.index === data.output_index) return [event];
    return [changed(event, { output_index: place.index })];
  }

  end(): ResponsesEvent[] {
    return [];
  }

  #added(item: JsonObject, given: number | undefined): Integration {
    const at = given === undefined ? undefined : this.#byGiven.get(given);
    return at && same(at, item) ? at : this.#begin(item, given);
  }

  #done(item: JsonObject, given: number | undefined): Integration {
    const id = idOf(item.id);
    const known = id === undefined ? undefined : this.#byId.get(id);
    const at = given === undefined
      ? latest(this.#openByType.get(item.type))
      : this.#byGiven.get(given);
    // An item may change its id on the way, but not once it is done, and not its call.
    const place = known && same(known, item)
      ? known
      : at && (at.done ? same(at, item) : sameCall(at, item))
      ? at
      : this.#begin(item, given);
    place.done = true;
    place.id = id ?? place.id;
    place.callId = idOf(item.call_id) ?? place.callId;
    return place;
  }

  /** An event about an item; one that was never announced stays where it is. */
  #inside(id: string | undefined, given: number | undefined): Integration | undefined {
    const known = id === undefined ? undefined : this.#byId.get(id);
    if (known && !known.done) return known;
    return given === undefined ? known ?? latest(this.#open) : this.#byGiven.get(given) ?? known;
  }

  /**
   * Calls that stand nowhere but in the whole `output`; without any item before them, all of it is still to be told,
   * and not by us. Counted too: a relay may give the calls of the stream other ids there.
   */
  #nothingAccumulated({ data }: ResponsesEvent): ResponsesEvent[] {
    const output = isObject(data.response) ? data.response.output : undefined;
    if (this.#places.length === 0 || !Array.isArray(output)) return [];
    const calls = output.filter(isObject).filter(isCall);
    const received = this.#places.filter(({ type }) => isCall({ type }));
    const told = new Set(received.map(({ callId }) => callId));
    return calls.filter(({ call_id }) => !told.has(idOf(call_id)))
      .slice(0, Math.max(0, calls.length - received.length))
      .map((item) =>
        responsesEvent("response.output_item.done", {
          output_index: this.#begin(item, undefined).index,
          item,
          ...numberOf({ type: "", data }),
        })
      );
  }

  #begin(item: JsonObject, given: number | undefined): Integration {
    if (this.#places.length >= MOST_ITEMS) throw tooManyItems();
    const free = given !== undefined && !this.#taken.has(given);
    const index = free ? given : this.#highest + 1;
    const id = idOf(item.id);
    const callId = idOf(item.call_id);
    const type = idOf(item.type);
    const place = { given, index, type, id, callId, done: false };
    this.#highest = Math.max(this.#highest, index);
    this.#taken.add(index);
    this.#places.push(place);
    this.#open.push(place);
    const alike = this.#openByType.get(type);
    if (alike) alike.push(place);
    else this.#openByType.set(type, [place]);
    if (id !== undefined) this.#byId.set(id, place);
    if (given !== undefined) this.#byGiven.set(given, place);
    return place;
  }
}

/** The latest that is not done. */
function latest(places: Integration[] | undefined): Integration | undefined {
  while (places?.at(-1)?.done) places.pop();
  return places?.at(-1);
}

/** An id by which an item is known again. */
function idOf(value: Json | undefined): string | undefined {
  const id = filled(value);
  return id !== undefined && id.length <= MAX_ID ? id : undefined;
}

/** Whether an item may be the one of a place: nothing that both say differs. */
function same(place: Integration, item: JsonObject): boolean {
  const id = idOf(item.id);
  const other = id !== undefined && place.id !== undefined && id !== place.id;
  return !other && place.type === item.type && sameCall(place, item);
}

function sameCall({ callId }: Integration, item: JsonObject): boolean {
  const own = idOf(item.call_id);
  return own === undefined || callId === undefined || own === callId;
}
