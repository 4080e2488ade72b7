/**
 * Sequence numbers of the stream to the client: one strictly ascending row, whatever numbers came in.
 *
 * Heartbeats take numbers too, and a replay starts at 0 again, so the incoming numbers cannot be kept. Where the number
 * already fits, the event's text is not changed; where it does not, only the digits are replaced.
 *
 * @module
 */

import type { ResponsesEvent } from "../../wire/responses.ts";

/** Hands out the numbers of one stream. */
export class Numbering {
  #next = 0;

  /** Takes the next number. */
  take(): number {
    return this.#next++;
  }

  /** Gives an event its number. Events that carry none, from providers that count nothing, stay without. */
  number(event: ResponsesEvent): ResponsesEvent {
    const given = event.data.sequence_number;
    if (given === undefined) return event;
    const wanted = this.take();
    if (given === wanted) return event;
    const data = { ...event.data, sequence_number: wanted };
    const text = event.text === undefined ? undefined : replaceNumber(event.text, given, wanted);
    return text === undefined ? { type: event.type, data } : { type: event.type, data, text };
  }
}

const FIELD = /"sequence_number"\s*:\s*(-?\d+)/g;

/** Replaces the digits in the JSON text; `undefined` where it is not certain which digits are meant. */
function replaceNumber(text: string, given: unknown, wanted: number): string | undefined {
  FIELD.lastIndex = 0;
  const found = FIELD.exec(text);
  // A second match would be a nested field of the same name: JSON quotes inside strings are escaped and never match.
  if (!found || Number(found[1]) !== given || FIELD.exec(text)) return undefined;
  const end = found.index + found[0].length;
  return text.slice(0, end - (found[1] as string).length) + wanted + text.slice(end);
}
