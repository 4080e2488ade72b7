/**
 * Joins the lines of an event stream to messages by the WHATWG rules (LF, CR, CRLF, fields, blank lines).
 *
 * Why not a library: `eventsource-parser` holds an unfinished message as slices, and a slice keeps the text it was cut from
 * in memory: a 64 KiB chunk for 13 characters. Here the memory of an unfinished message is in proportion to its length.
 *
 * @module
 */

import { GrowingText } from "../base/growing_text.ts";

/** One message: its `data` lines joined by newlines and, if named, its event type. */
export interface SseMessage {
  readonly event?: string;
  readonly data: string;
}

const LF = 0x0a;
const COLON = 0x3a;
const SPACE = 0x20;

/** Reads text, split anywhere, into {@link SseLines.messages}. */
export class SseLines {
  /** The messages that have ended. The caller that takes them puts an empty list in their place. */
  messages: SseMessage[] = [];
  /** The data of the message that has not ended: its first line, then all of them. */
  #data: string | GrowingText | undefined;
  #event: string | undefined;
  /** Whether the event's name is a slice of the present chunk. */
  #cut = false;
  /** The beginning of a line that has not ended. */
  #begun: GrowingText | undefined;
  /** Whether the line that has not ended is neither `data` nor `event`. */
  #skipping = false;
  /** Whether the text so far ended with CR; an LF that follows belongs to it. */
  #afterCr = false;

  /**
   * @param max most characters of one message
   * @param overflow throws the failure for a longer one
   */
  constructor(readonly max: number, readonly overflow: () => never) {}

  push(text: string): void {
    if (text === "") return;
    let at = this.#afterCr && text.charCodeAt(0) === LF ? 1 : 0;
    this.#afterCr = false;
    let lf = text.indexOf("\n", at);
    let cr = text.indexOf("\r", at);
    while (lf >= 0 || cr >= 0) {
      const end = cr < 0 || (lf >= 0 && lf < cr) ? lf : cr;
      this.#end(text, at, end);
      at = end + 1;
      if (end === cr) {
        if (at === text.length) this.#afterCr = true;
        else if (text.charCodeAt(at) === LF) at++;
        cr = text.indexOf("\r", at);
      }
      if (lf >= 0 && lf < at) lf = text.indexOf("\n", at);
    }
    if (at < text.length) this.#begin(at === 0 ? text : text.slice(at));
    this.#settle();
  }

  /** A line ends: its last part is `text` from `from` to `to`; earlier parts are in `#begun`. */
  #end(text: string, from: number, to: number): void {
    if (this.#skipping) {
      this.#skipping = false;
    } else if (this.#begun) {
      this.#begun.add(text.slice(from, to));
      const line = this.#begun.toString();
      this.#begun = undefined;
      this.#line(line, 0, line.length);
    } else this.#line(text, from, to);
  }

  #begin(piece: string): void {
    if (this.#skipping) return;
    const begun = this.#begun ??= new GrowingText();
    begun.add(piece);
    // The first six characters show whether the field is `data` or `event`.
    if (begun.length - piece.length < 6 && !isOurs(begun.toString())) {
      this.#begun = undefined;
      this.#skipping = true;
    } else this.#check(begun.length);
  }

  #line(text: string, from: number, to: number): void {
    if (from === to) return this.#dispatch();
    const name = text.startsWith("data", from) ? 4 : text.startsWith("event", from) ? 5 : 0;
    const colon = from + name;
    if (name === 0 || (colon < to && text.charCodeAt(colon) !== COLON)) return;
    const value = text.slice(text.charCodeAt(colon + 1) === SPACE ? colon + 2 : colon + 1, to);
    if (name === 5) {
      this.#event = value === "" ? undefined : value;
      this.#cut = true;
    } else this.#add(value);
    this.#check(0);
  }

  #add(line: string): void {
    if (this.#data === undefined) {
      this.#data = line;
      return;
    }
    if (typeof this.#data === "string") this.#data = new GrowingText(this.#data);
    this.#data.add("\n");
    this.#data.add(line);
  }

  #dispatch(): void {
    if (this.#data !== undefined) {
      const data = this.#data.toString();
      const message = this.#event === undefined ? { data } : { event: this.#event, data };
      // Most chunks are one message; `push` would make room for seventeen
      if (this.messages.length === 0) this.messages = [message];
      else this.messages.push(message);
    }
    this.#data = undefined;
    this.#event = undefined;
  }

  #check(begun: number): void {
    const kept = begun + (this.#data?.length ?? 0) + (this.#event?.length ?? 0);
    if (kept > this.max) this.overflow();
  }

  /** The chunk has ended: the parts of it that are kept are copied, so that its memory can be freed. */
  #settle(): void {
    this.#begun?.settle();
    if (this.#cut && this.#event !== undefined) {
      this.#event = new GrowingText(this.#event).toString();
    }
    this.#cut = false;
    if (typeof this.#data === "string") this.#data = new GrowingText(this.#data);
    this.#data?.settle();
  }
}

/** Whether a line that begins so may be `data` or `event`. */
function isOurs(head: string): boolean {
  return "data:".startsWith(head.slice(0, 5)) || "event:".startsWith(head.slice(0, 6));
}
