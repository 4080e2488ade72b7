/**
 * Finds marks such as `<think>` in text that arrives in pieces, outside of code.
 *
 * A mark may be split anywhere. Only text that could be the beginning of a mark is held back.
 *
 * @module
 */

import { Code } from "./code.ts";
import type { Marks } from "./marks.ts";

/** The text before a mark, and the mark; without a mark, all text that is certainly no part of one. */
interface Scanned {
  readonly text: string;
  readonly mark?: string;
}

/** Finds marks in a text that grows. */
export class Scan {
  #rest = "";
  readonly #code = new Code();

  /** Adds text at the end. */
  feed(text: string): void {
    this.#rest += text;
  }

  /** Whether nothing is held back. */
  get empty(): boolean {
    return this.#rest === "";
  }

  /** The text that is held back. */
  get rest(): string {
    return this.#rest;
  }

  /** Takes text that can hold no mark and returns true; the fast path for most text. Otherwise takes nothing. */
  plain(text: string, marks: Marks): boolean {
    if (this.#rest !== "" || !marks.absent(text)) return false;
    this.#code.pass(text);
    return true;
  }

  /** Puts text back that was taken, so that it is read again. */
  unread(text: string): void {
    this.#rest = text + this.#rest;
  }

  /**
   * Takes the text that is certain by now. Call again after a mark: more may follow it.
   *
   * @param marks the marks that count at this point
   * @param code whether the text is Markdown, in whose code marks are only text
   */
  take(marks: Marks, code: boolean): Scanned {
    const rest = this.#rest;
    // Advances with the search: to start again for every mark would cost quadratic time.
    const ahead = code ? this.#code.copy() : undefined;
    let passed = 0;
    const isCode = (at: number) => {
      ahead?.pass(rest.slice(passed, at));
      passed = at;
      return ahead?.inside === true;
    };
    let from = 0;
    for (let found = marks.find(rest, from); found; found = marks.find(rest, from)) {
      const { at, mark } = found;
      if (!isCode(at)) {
        const { text } = this.#cut(at, code);
        this.#rest = this.#rest.slice(mark.length);
        return { text, mark };
      }
      from = at + 1;
    }
    for (let at = marks.partial(rest, from); at >= 0; at = marks.partial(rest, at + 1)) {
      if (!isCode(at)) return this.#cut(at, code);
    }
    return this.#cut(rest.length, code);
  }

  /** Takes the text that was held back: no more text comes. */
  flush(): string {
    return this.#cut(this.#rest.length, true).text;
  }

  /** The same of text that may be put back. */
  drain(): string {
    return this.#cut(this.#rest.length, false).text;
  }

  #cut(at: number, code: boolean): Scanned {
    const text = this.#rest.slice(0, at);
    this.#rest = this.#rest.slice(at);
    if (code) this.#code.pass(text);
    return { text };
  }
}
