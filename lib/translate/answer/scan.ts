/**
 * Finds marks such as `<think>` in text that arrives in pieces, outside of code.
 *
 * A mark may be split anywhere. Only text that could be the beginning of a mark is held back.
 *
 * @module
 */

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

  /** Takes text that can hold no mark and returns true; the fast path for most text. Otherwise takes nothing. */
  plain(text: string): boolean {
    if (this.#rest !== "" || text.includes("<")) return false;
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
  take(marks: readonly string[], code: boolean): Scanned {
    const rest = this.#rest;
    // Advances with the search: to start again for every mark would cost quadratic time.
    const ahead = code ? this.#code.copy() : undefined;
    let passed = 0;
    for (let from = 0;;) {
      const at = rest.indexOf("<", from);
      if (at < 0) return this.#cut(rest.length, code);
      const mark = marks.find((each) => rest.startsWith(each, at));
      const partial = mark === undefined && marks.some((each) => startsInside(each, rest, at));
      if (mark !== undefined || partial) {
        ahead?.pass(rest.slice(passed, at));
        passed = at;
        if (!ahead?.inside) {
          const { text } = this.#cut(at, code);
          if (mark === undefined) return { text };
          this.#rest = this.#rest.slice(mark.length);
          return { text, mark };
        }
      }
      from = at + 1;
    }
  }

  /** Takes the text that was held back: no more text comes. */
  flush(): string {
    return this.#cut(this.#rest.length, true).text;
  }

  #cut(at: number, code: boolean): Scanned {
    const text = this.#rest.slice(0, at);
    this.#rest = this.#rest.slice(at);
    if (code) this.#code.pass(text);
    return { text };
  }
}

/** Whether `text` ends, from `at` on, in the middle of `mark`. */
function startsInside(mark: string, text: string, at: number): boolean {
  return text.length - at < mark.length && mark.startsWith(text.slice(at));
}

/** Knows whether the text so far ends inside Markdown code. */
class Code {
  #fenced = false;
  #line = "";
  #ticks = 0;

  /** Whether the next character is in code. */
  get inside(): boolean {
    return this.#fenced || this.#ticks % 2 === 1;
  }

  /** A copy with the same state. */
  copy(): Code {
    const copy = new Code();
    copy.#fenced = this.#fenced;
    copy.#line = this.#line;
    copy.#ticks = this.#ticks;
    return copy;
  }

  pass(text: string): void {
    let from = 0;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", from)) {
      this.#add(text.slice(from, at));
      this.#newline();
      from = at + 1;
    }
    this.#add(from === 0 ? text : text.slice(from));
  }

  #add(piece: string): void {
    for (let at = piece.indexOf("`"); at >= 0; at = piece.indexOf("`", at + 1)) this.#ticks++;
    if (this.#line.length < 8) this.#line = (this.#line + piece).trimStart().slice(0, 8);
  }

  #newline(): void {
    const fence = /^(?:`{3,}|~{3,})/.exec(this.#line)?.[0];
    // A line such as ```x``` is inline code; the line of a fence has no other ticks.
    if (fence !== undefined && (fence.startsWith("~") || this.#ticks === fence.length)) {
      this.#fenced = !this.#fenced;
    }
    this.#line = "";
    this.#ticks = 0;
  }
}
