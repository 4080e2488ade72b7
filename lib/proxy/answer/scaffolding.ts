/**
 * Events that announce an answer and wait until it brings something: a client that saw them could not be given another.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { GrowingText } from "../../base/growing_text.ts";
import { isObject } from "../../base/json.ts";
import { isIndex, weight } from "../../translate/answer_limits.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";

/** Most events that wait, and most characters in them; what announces that much brings nothing. */
const MOST_HELD = 4096;
const MOST_SIZE = 4 * 1024 * 1024;
/** Most events among them that are about no item. */
const MOST_SIGNS = 256;

/** Events of which one is enough, however often it comes. */
export const REPEATED: ReadonlySet<string> = new Set([
  "response.created",
  "response.in_progress",
  "response.queued",
]);

/** The events of one attempt that wait. */
export class Scaffolding {
  #held: ResponsesEvent[] = [];
  readonly #types = new Set<string>();
  #size = 0;

  /** @throws Failure `too_large` for scaffolding without end */
  hold(event: ResponsesEvent): void {
    const { type, data } = event;
    if (REPEATED.has(type)) {
      if (this.#types.has(type)) return;
      this.#types.add(type);
    } else {
      // Nothing that Codex would show or do: a provider's own signs of life, of which the first ones are enough.
      const sign = !isObject(data.item) && !isIndex(data.output_index);
      if (sign && this.#held.length >= MOST_SIGNS) return;
      this.#size += event.text?.length ?? weight(data);
    }
    if (this.#held.push(ofItsOwn(event)) > MOST_HELD || this.#size > MOST_SIZE) {
      const words = "The answer was announced over and over, with nothing in it";
      throw new Failure("too_large", words);
    }
  }

  /** Takes what waits. */
  release(): ResponsesEvent[] {
    const held = this.#held;
    this.#held = [];
    this.#types.clear();
    this.#size = 0;
    return held;
  }
}

/** The event without the chunk that its text was cut from. */
function ofItsOwn(event: ResponsesEvent): ResponsesEvent {
  return event.text === undefined
    ? event
    : { ...event, text: new GrowingText(event.text).toString() };
}
