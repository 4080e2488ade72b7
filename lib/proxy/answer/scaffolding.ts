/**
 * Events that announce an answer are held until content follows: a client that has them could not get another answer.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { GrowingText } from "../../base/growing_text.ts";
import { isObject } from "../../base/json.ts";
import { LazySet } from "../../base/lazy_map.ts";
import { isIndex, weight } from "../../translate/answer_limits.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";

/** The most events that are held, and the most characters in them. Real answers announce far less. */
const MOST_HELD = 4096;
const MOST_SIZE = 4 * 1024 * 1024;
/** The most events among them that are about no item. */
const MOST_WITHOUT_ITEM = 256;

/** Events of which one is enough, however often it comes. */
export const REPEATED: ReadonlySet<string> = new Set([
  "response.created",
  "response.in_progress",
  "response.queued",
]);

/** The held events of one attempt. */
export class Scaffolding {
  #held: ResponsesEvent[] = [];
  readonly #types = new LazySet<string>();
  #size = 0;

  /** Holds an event. @throws Failure `too_large` for scaffolding without end */
  hold(event: ResponsesEvent): void {
    const { type, data } = event;
    if (REPEATED.has(type)) {
      if (this.#types.has(type)) return;
      this.#types.add(type);
    } else {
      // Codex ignores an event about no item, such as a provider's own keep-alive: the first ones are enough.
      const withoutItem = !isObject(data.item) && !isIndex(data.output_index);
      if (withoutItem && this.#held.length >= MOST_WITHOUT_ITEM) return;
      this.#size += event.text?.length ?? weight(data);
    }
    if (this.#held.push(ofItsOwn(event)) > MOST_HELD || this.#size > MOST_SIZE) {
      const message = "The answer was announced over and over, with nothing in it";
      throw new Failure("too_large", message);
    }
  }

  /** Takes the held events out, in their order. */
  release(): ResponsesEvent[] {
    const held = this.#held;
    this.#held = [];
    this.#types.clear();
    this.#size = 0;
    return held;
  }
}

/** A copy of the event whose text does not keep alive the chunk that it was cut from. */
function ofItsOwn(event: ResponsesEvent): ResponsesEvent {
  return event.text === undefined
    ? event
    : { ...event, text: new GrowingText(event.text).toString() };
}
