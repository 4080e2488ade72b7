/**
 * The indexes of the first attempt's items: its own, but for a call that was held back. That comes later than its index
 * says, and gets the next one.
 *
 * @module
 */

import { isIndex } from "../translate/answer_limits.ts";
import type { ResponsesEvent } from "../wire/responses.ts";

/** Gives the items of one attempt their places. */
export class FirstPlaces {
  readonly #begun = new Set<number>();
  readonly #moved = new Map<number, number>();

  /** Whether an item has another index than it came with. */
  get moved(): boolean {
    return this.#moved.size > 0;
  }

  /** The event at its place. @param last the highest index that was given out */
  place(event: ResponsesEvent, last: number): ResponsesEvent {
    const { type, data } = event;
    const { output_index: index } = data;
    if (!isIndex(index)) return event;
    let moved = this.#moved.get(index);
    if (moved === undefined) {
      const begins = type === "response.output_item.added" ||
        (type === "response.output_item.done" && !this.#begun.has(index));
      if (!begins) return event;
      this.#begun.add(index);
      if (index > last) return event;
      this.#moved.set(index, moved = last + 1);
    }
    return { type, data: { ...data, output_index: moved } };
  }
}
