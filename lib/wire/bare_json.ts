/**
 * Finds the lines of an event stream that are a JSON object and no field: that is how gateways break into a stream
 * that is not theirs, without `data:` and often without an end of line.
 *
 * @module
 */

import { isObject, parseJson } from "../base/json.ts";

/** A longer line is no error message. */
const MAX_LINE = 64 * 1024;
/** After so many lines that looked like an object and were none, no more of them are read. */
const MOST_MISSES = 100;

const BRACE = 0x7b;

/** Watches the text of one stream go by. */
export class BareJson {
  /** Whether the text to come begins a line. */
  #fresh = true;
  /** A line that began with a brace and has not ended. */
  #line: string | undefined;
  #misses = 0;

  /** Takes text, cut anywhere; returns the objects whose lines it ended. */
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

  /** The text is over. */
  end(): string[] {
    const line = this.#line;
    this.#line = undefined;
    if (line === undefined || this.#misses >= MOST_MISSES) return [];
    if (isObject(parseJson(line))) return [line];
    this.#misses++;
    return [];
  }
}

/** Where a line that begins with a brace begins, behind the first end of a line from `from` on; or -1. */
function nextStart(text: string, from: number, lfOnly: boolean): number {
  if (lfOnly) return text.indexOf("\n{", from) + 1 || -1;
  START.lastIndex = from;
  return START.test(text) ? START.lastIndex - 1 : -1;
}

/** Where a line ends, or -1. */
function nextEnd(text: string, from: number, lfOnly: boolean): number {
  if (lfOnly) return text.indexOf("\n", from);
  END.lastIndex = from;
  return END.test(text) ? END.lastIndex - 1 : -1;
}

const START = /[\r\n]\{/g;
const END = /[\r\n]/g;
