/**
 * Finds where the run of characters at an offset ends. It reads each character once, however often it is called.
 *
 * @module
 */

/** A part of a text, as offsets. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Where a run ends, and the offset of the last sign in it that was looked for; -1 where it holds none. */
export interface Run {
  readonly to: number;
  readonly sign: number;
}

/** Runs of one text that end at the same characters. */
export class Runs {
  readonly #text: string;
  readonly #stop: RegExp;
  readonly #sign: RegExp;
  #from = 0;
  #run: Run | undefined;

  /**
   * @param stop global, matches one character that ends a run
   * @param sign matches one character that is looked for
   */
  constructor(text: string, stop: RegExp, sign: RegExp) {
    this.#text = text;
    this.#stop = stop;
    this.#sign = sign;
  }

  /** The run that holds `from`. The sign may be before `from`, where an earlier call began earlier. */
  at(from: number): Run {
    const known = this.#run;
    if (known && from >= this.#from && from <= known.to) return known;
    this.#stop.lastIndex = from;
    const to = this.#stop.exec(this.#text)?.index ?? this.#text.length;
    let sign = to - 1;
    while (sign >= from && !this.#sign.test(this.#text[sign] as string)) sign--;
    this.#from = from;
    return this.#run = { to, sign: sign >= from ? sign : -1 };
  }
}
