/**
 * Finds finished messages that another answer says once more: a provider that was asked to go on after them, or another one in
 * its place, may begin with the same words before what was missing.
 *
 * Its rule: only a message that is equal to one the client has is left out, and only before anything new. Its events wait for as
 * long as it may still become equal.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import { messageText } from "../../translate/grammar.ts";
import { isCall, type ResponsesEvent } from "../../wire/responses.ts";

/** Finished messages that are looked for, the last ones. */
const MOST_FINISHED = 16;
/** Events of a message that hold no text of their own and wait with it. */
const MOST_OTHERS = 64;

/** Takes the events of one more answer; gives those on that the client needs. */
export class RepeatedMessages {
  /** The finished messages that did not come again yet. */
  readonly #left: string[];
  /** The message that may be one of them. */
  #held: { readonly index: number; readonly events: ResponsesEvent[]; texts: string[] } | undefined;
  #watches: boolean;

  /** @param finished the items that the client has */
  constructor(finished: readonly JsonObject[]) {
    this.#left = finished.filter(({ type }) => type === "message")
      .map((item) => messageText(item).trimEnd()).filter((text) => text !== "")
      .slice(-MOST_FINISHED);
    this.#watches = this.#left.length > 0;
  }

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { item, output_index: index } = event.data;
    if (!this.#watches || typeof index !== "number") return [event];
    if (this.#held && this.#held.index !== index) return [...this.end(), event];
    if (!this.#held) {
      if (!isObject(item) || item.type !== "message") {
        if (isObject(item) && isCall(item)) this.#watches = false;
        return [event];
      }
      this.#held = { index, events: [], texts: [...this.#left] };
    }
    const { events } = this.#held;
    events.push(event);
    if (event.type === "response.output_item.done") return this.#done(item as JsonObject);
    return this.#mayRepeat(event) ? [] : this.end();
  }

  /** Nothing more is left out. @returns what was held back */
  end(): ResponsesEvent[] {
    this.#watches = false;
    const events = this.#held?.events ?? [];
    this.#held = undefined;
    return events;
  }

  #done(item: JsonObject): ResponsesEvent[] {
    const at = this.#left.indexOf(messageText(item).trimEnd());
    if (at < 0) return this.end();
    this.#left.splice(at, 1);
    this.#held = undefined;
    this.#watches = this.#left.length > 0;
    return [];
  }

  /** Follows the texts that the message may still become; what is left of them. */
  #mayRepeat({ type, data: { delta } }: ResponsesEvent): boolean {
    const held = this.#held;
    if (!held) return false;
    if (typeof delta !== "string") {
      return held.events.length < MOST_OTHERS || !/\.(?:added|delta)$/.test(type);
    }
    if (type !== "response.output_text.delta" || delta === "") return false;
    held.texts = held.texts.flatMap((text) => {
      if (text.startsWith(delta)) return [text.slice(delta.length)];
      return delta.startsWith(text) && delta.slice(text.length).trim() === "" ? [""] : [];
    });
    return held.texts.length > 0;
  }
}
