/**
 * Holds a call back until it is finished. A call that began and broke off could not be finished by the sidecar, since
 * Codex would run it, and could not be withdrawn either.
 *
 * Codex shows nothing of a call before its `done` (docs/facts/codex.md §3.5), so no client waits for its deltas.
 *
 * @module
 */

import { isObject } from "../../base/json.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";

/** From here on the deltas of one call are joined: an event for every few characters would cost many times their size. */
const MOST_EVENTS = 64;

/** One call that is not finished. */
interface Held {
  /** The events as they came. */
  readonly events: ResponsesEvent[];
  /** The pieces of the last event, a delta, where it stands for many. */
  pieces: string[] | undefined;
}

/** Holds the calls of one attempt. What breaks off with the attempt was never shown. */
export class HeldCalls {
  readonly #calls = new LazyMap<number, Held>();

  /** How many calls began and did not end. */
  get count(): number {
    return this.#calls.size;
  }

  /** What may go on: events of other items as they came, a finished call with everything that was held of it. */
  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data: { item, output_index: index } } = event;
    if (typeof index !== "number") return [event];
    const held = this.#calls.get(index);
    if (!held) {
      if (type !== "response.output_item.added" || !isObject(item) || !isCall(item)) return [event];
      this.#calls.set(index, { events: [event], pieces: undefined });
      return [];
    }
    if (type === "response.output_item.done") {
      this.#calls.delete(index);
      return [...released(held), event];
    }
    hold(held, event);
    return [];
  }

  /** Takes what is still held, in the order in which it began. */
  release(): ResponsesEvent[] {
    const events = [...this.#calls.values()].flatMap(released);
    this.#calls.clear();
    return events;
  }
}

function hold(held: Held, event: ResponsesEvent): void {
  const { events } = held;
  const last = events.at(-1) as ResponsesEvent;
  const { delta } = event.data;
  if (events.length < MOST_EVENTS || typeof delta !== "string" || last.type !== event.type) {
    settle(held);
    events.push(event);
    return;
  }
  held.pieces ??= [String(last.data.delta)];
  held.pieces.push(delta);
}

function released(held: Held): ResponsesEvent[] {
  settle(held);
  return held.events;
}

/** Makes one delta of the pieces of the last event. */
function settle(held: Held): void {
  const { events, pieces } = held;
  if (!pieces) return;
  const { type, data: { type: _, ...fields } } = events.pop() as ResponsesEvent;
  events.push(responsesEvent(type, { ...fields, delta: pieces.join("") }));
  held.pieces = undefined;
}
