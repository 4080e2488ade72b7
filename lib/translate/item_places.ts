/**
 * Gives every output item a place of its own: some providers number all of them 0, or not at all.
 *
 * Items are told apart by their ids, then by their places. What is right goes through as the very same object.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../base/json.ts";
import type { Stage } from "../base/stage.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../wire/responses.ts";
import { changed, numberOf } from "./open_item.ts";

interface Place {
  /** The index under which the provider speaks of it, where it gives one. */
  readonly given: number | undefined;
  /** The index it goes out with. */
  readonly index: number;
  readonly type: Json | undefined;
  id: string | undefined;
  callId: string | undefined;
  done: boolean;
}

/** Events that name an item by its id, its index or neither. */
const ABOUT_ITEM = /^response\..+\.(?:delta|done|added)$/;

/** A stage that moves the events of items whose index another item has. */
export function itemPlacer(): Stage<ResponsesEvent, ResponsesEvent> {
  return new Placer();
}

class Placer implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #places: Place[] = [];
  /** The latest item of each id, and of each given index. */
  readonly #byId = new Map<string, Place>();
  readonly #byGiven = new Map<number, Place>();
  readonly #taken = new Set<number>();

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    const given = typeof data.output_index === "number" ? data.output_index : undefined;
    const place = type === "response.output_item.added" && isObject(data.item)
      ? this.#added(data.item, given)
      : type === "response.output_item.done" && isObject(data.item)
      ? this.#done(data.item, given)
      : ABOUT_ITEM.test(type)
      ? this.#inside(filled(data.item_id), given)
      : undefined;
    if (type === "response.completed") return [...this.#unheard(event), event];
    if (!place || place.index === data.output_index) return [event];
    return [changed(event, { output_index: place.index })];
  }

  end(): ResponsesEvent[] {
    return [];
  }

  #added(item: JsonObject, given: number | undefined): Place {
    const at = given === undefined ? undefined : this.#byGiven.get(given);
    return at && same(at, item) ? at : this.#open(item, given);
  }

  #done(item: JsonObject, given: number | undefined): Place {
    const id = filled(item.id);
    const known = id === undefined ? undefined : this.#byId.get(id);
    const at = given === undefined
      ? this.#places.findLast((each) => !each.done && each.type === item.type)
      : this.#byGiven.get(given);
    // An item may change its id on the way, but not once it is done, and not its call.
    const place = known && same(known, item)
      ? known
      : at && (at.done ? same(at, item) : sameCall(at, item))
      ? at
      : this.#open(item, given);
    place.done = true;
    place.id = id ?? place.id;
    place.callId = filled(item.call_id) ?? place.callId;
    return place;
  }

  /** An event about an item; one that was never announced stays where it is. */
  #inside(id: string | undefined, given: number | undefined): Place | undefined {
    const known = id === undefined ? undefined : this.#byId.get(id);
    if (known && !known.done) return known;
    return given === undefined
      ? known ?? this.#places.findLast((each) => !each.done)
      : this.#byGiven.get(given) ?? known;
  }

  /**
   * Calls that stand nowhere but in the whole `output`; without any item before them, all of it is still to be told,
   * and not by us. Counted too: a relay may give the calls of the stream other ids there.
   */
  #unheard({ data }: ResponsesEvent): ResponsesEvent[] {
    const output = isObject(data.response) ? data.response.output : undefined;
    if (this.#places.length === 0 || !Array.isArray(output)) return [];
    const calls = output.filter(isObject).filter(isCall);
    const heard = this.#places.filter(({ type }) => isCall({ type }));
    const told = new Set(heard.map(({ callId }) => callId));
    return calls.filter(({ call_id }) => !told.has(filled(call_id)))
      .slice(0, Math.max(0, calls.length - heard.length))
      .map((item) =>
        responsesEvent("response.output_item.done", {
          output_index: this.#open(item, undefined).index,
          item,
          ...numberOf({ type: "", data }),
        })
      );
  }

  #open(item: JsonObject, given: number | undefined): Place {
    const free = given !== undefined && !this.#taken.has(given);
    const index = free ? given : Math.max(-1, ...this.#taken) + 1;
    const id = filled(item.id);
    const callId = filled(item.call_id);
    const place = { given, index, type: item.type, id, callId, done: false };
    this.#taken.add(index);
    this.#places.push(place);
    if (id !== undefined) this.#byId.set(id, place);
    if (given !== undefined) this.#byGiven.set(given, place);
    return place;
  }
}

/** Whether an item may be the one of a place: nothing that both say differs. */
function same(place: Place, item: JsonObject): boolean {
  const id = filled(item.id);
  const other = id !== undefined && place.id !== undefined && id !== place.id;
  return !other && place.type === item.type && sameCall(place, item);
}

function sameCall({ callId }: Place, item: JsonObject): boolean {
  const own = filled(item.call_id);
  return own === undefined || callId === undefined || own === callId;
}
