/**
 * The indexes of a first attempt: a call that was held back comes later than its index says, and gets the next one.
 *
 * @module
 */

import { isIndex } from "../translate/answer_limits.ts";
import type { ResponsesEvent } from "../wire/responses.ts";

/** Gives late items their place. */
export class LatePlaces {
  /** Indexes that items began under, and those that had to be moved. */
  readonly #begun = new Set<number>();
  readonly #moved = new Map<number, number>();

  /** Whether any item had to be moved. */
  get moved(): boolean {
    return this.#moved.size > 0;
  }

  /** The event at its place. @param last the highest index that the client knows */
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
