/**
 * Where the items of a stream stand once items were put between them or taken out.
 *
 * Its rule: indexes rise in the order in which items are announced; an item that keeps its index keeps its events.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import { changed } from "../response/received_item.ts";

/** The places of one answer's items. */
export class ItemPlaces {
  readonly #places = new Map<number, number>();
  #highest = -1;
  #free = 0;
  /** Items by their id: what stands for them in the terminal event. */
  readonly #replaced = new LazyMap<Json | undefined, readonly JsonObject[]>();
  readonly #added: JsonObject[] = [];

  /** An index that no item of the provider has; {@link put} gives it its place. */
  free(): number {
    return --this.#free;
  }

  /** An item was put in, at the end or before one of the provider's. */
  inserted(item: JsonObject, before: JsonObject | undefined): void {
    const id = filled(before?.id);
    if (id === undefined || !before) this.#added.push(item);
    else this.#replaced.set(id, [item, ...this.#replaced.get(id) ?? [before]]);
  }

  /** Another item stands for one of the provider's; `undefined`: none does. */
  replace(item: JsonObject, by: JsonObject | undefined): void {
    const id = filled(item.id);
    if (id === undefined) return;
    const known = this.#replaced.get(id)?.filter((each) => each.id !== id) ?? [];
    this.#replaced.set(id, by ? [...known, by] : known);
  }

  /** Gives events their places. */
  put(events: ResponsesEvent[]): ResponsesEvent[] {
    return events.map((event) => {
      const { output_index: index } = event.data;
      if (typeof index !== "number") return event;
      let place = this.#places.get(index);
      if (place === undefined) {
        place = Math.max(index, this.#highest + 1);
        this.#places.set(index, place);
        this.#highest = place;
      }
      return place === index ? event : changed(event, { output_index: place });
    });
  }

  /** The terminal event with the items that were sent. */
  terminal(event: ResponsesEvent): ResponsesEvent {
    const { response } = event.data;
    if (this.#replaced.size === 0 && this.#added.length === 0) return event;
    if (!isObject(response) || !Array.isArray(response.output)) return event;
    const kept = response.output.flatMap((item): readonly Json[] =>
      (isObject(item) ? this.#replaced.get(item.id) : undefined) ?? [item]
    );
    return changed(event, { response: { ...response, output: [...kept, ...this.#added] } });
  }
}
