/**
 * The output indexes under which items go to the client: those of the first answer as they came, as long as they ascend.
 *
 * @module
 */

import { LazyMap } from "../../base/lazy_map.ts";
import { isIndex } from "../../translate/answer_limits.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";

/** Hands out the indexes of one exchange. */
export class Indexes {
  #last = -1;
  /** Indexes of the first answer that items began under, and those that had to be moved. */
  readonly #begun = new Set<number>();
  readonly #moved = new LazyMap<number, number>();

  /** Whether an item of the first answer has another index than the provider gave it. */
  get moved(): boolean {
    return this.#moved.size > 0;
  }

  /** The next free index. */
  next(): number {
    return ++this.#last;
  }

  /** Records an event that goes to the client. */
  record({ data: { output_index: index } }: ResponsesEvent): void {
    if (isIndex(index)) this.#last = Math.max(this.#last, index);
  }

  /** An event of the first answer: a call that was held back comes later than its index says, and gets the next one. */
  place(event: ResponsesEvent): ResponsesEvent {
    const { type, data } = event;
    const { output_index: index } = data;
    if (!isIndex(index)) return event;
    let moved = this.#moved.get(index);
    if (moved === undefined) {
      const begins = type === "response.output_item.added" ||
        (type === "response.output_item.done" && !this.#begun.has(index));
      if (!begins) return event;
      this.#begun.add(index);
      if (index > this.#last) return event;
      this.#moved.set(index, moved = this.#last + 1);
    }
    return { type, data: { ...data, output_index: moved } };
  }
}
