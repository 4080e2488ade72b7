/**
 * A set of marks, such as `<think>`, that a text is searched for.
 *
 * Its rule: a search costs what the text is long, however many marks there are. No mark is the beginning of another.
 *
 * @module
 */

/** A mark that was found. */
interface Found {
  readonly at: number;
  readonly mark: string;
}

/** Marks that are searched for together. */
export class Marks {
  readonly #pattern: RegExp;
  readonly #begin: RegExp;
  readonly #longest: number;

  /** @param all the marks; at least one */
  constructor(readonly all: readonly string[]) {
    this.#pattern = new RegExp(all.map(escaped).join("|"), "g");
    this.#begin = new RegExp(
      `[${[...new Set(all.map((mark) => escaped(mark.charAt(0))))].join("")}]`,
    );
    this.#longest = Math.max(...all.map(({ length }) => length));
  }

  /** Whether a text holds no character with which a mark begins. */
  absent(text: string): boolean {
    return !this.#begin.test(text);
  }

  /** The first mark from an offset on. */
  find(text: string, from: number): Found | undefined {
    this.#pattern.lastIndex = from;
    const found = this.#pattern.exec(text);
    return found ? { at: found.index, mark: found[0] } : undefined;
  }

  /** The text without the marks and blanks at its end. */
  cutEnd(text: string): string {
    let own = text.trimEnd();
    for (let mark = this.#last(own); mark !== undefined; mark = this.#last(own)) {
      own = own.slice(0, -mark.length).trimEnd();
    }
    return own;
  }

  #last(text: string): string | undefined {
    return this.all.find((mark) => text.endsWith(mark));
  }

  /** The first place from an offset on where the text ends in the middle of a mark; -1 where there is none. */
  partial(text: string, from: number): number {
    for (let at = Math.max(from, text.length - this.#longest + 1); at < text.length; at++) {
      if (!this.#begin.test(text.charAt(at))) continue;
      const rest = text.slice(at);
      if (this.all.some((mark) => mark.length > rest.length && mark.startsWith(rest))) return at;
    }
    return -1;
  }
}

function escaped(mark: string): string {
  return mark.replace(/[\\^$.*+?()[\]{}|\-/]/g, "\\$&");
}
