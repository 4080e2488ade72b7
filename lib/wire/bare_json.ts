/**
 * Finds the lines of an event stream that are a JSON object and no SSE field. Gateways write their errors so into the stream
 * of a provider: without `data:` and often without an end of line.
 *
 * @module
 */

import { isObject, parseJson } from "../base/json.ts";

/** Most characters of a line that is read; an error message is shorter. */
const MAX_LINE = 64 * 1024;
/** Most lines that look like an object and are none; after them no line is read. */
const MOST_MISSES = 100;

const BRACE = 0x7b;
const START = /[\r\n]\{/g;
const END = /[\r\n]/g;

/** Reads the text of one stream and returns the objects in it. */
export class BareJson {
  /** Whether the next character begins a line. */
  #fresh = true;
  /** A line that began with a brace and has not ended. */
  #line: string | undefined;
  #misses = 0;

  /** Takes text, split anywhere; returns the JSON texts of the objects whose lines ended in it. */
  push(text: string): string[] {
    const found: string[] = [];
    if (text === "" || this.#misses >= MOST_MISSES) return found;
    const fresh = this.#fresh;
    const last = text.charCodeAt(text.length - 1);
    this.#fresh = last === 0x0a || last === 0x0d;
    const lfOnly = !text.includes("\r");
    let at = 0;
    if (this.#line === undefined) {
      at = fresh && text.charCodeAt(0) === BRACE ? 0 : nextStart(text, 0, lfOnly);
    }
    while (at >= 0) {
      const end = nextEnd(text, at, lfOnly);
      const line = (this.#line ?? "") + text.slice(at, end < 0 ? text.length : end);
      this.#line = line.length > MAX_LINE ? undefined : line;
      if (end < 0) break;
      found.push(...this.end());
      at = nextStart(text, end, lfOnly);
    }
    return found;
  }

  /** The text has ended: returns the object in the last line, if it is one. */
  end(): string[] {
    const line = this.#line;
    this.#line = undefined;
    if (line === undefined || this.#misses >= MOST_MISSES) return [];
    if (isObject(parseJson(line))) return [line];
    this.#misses++;
    return [];
  }
}

/** The offset of the next line that begins with a brace, behind an end of line at or after `from`; or -1. */
function nextStart(text: string, from: number, lfOnly: boolean): number {
  if (lfOnly) return text.indexOf("\n{", from) + 1 || -1;
  START.lastIndex = from;
  return START.test(text) ? START.lastIndex - 1 : -1;
}

/** The offset of the next end of line, or -1. */
function nextEnd(text: string, from: number, lfOnly: boolean): number {
  if (lfOnly) return text.indexOf("\n", from);
  END.lastIndex = from;
  return END.test(text) ? END.lastIndex - 1 : -1;
}
