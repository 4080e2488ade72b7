/**
 * The arguments of one call while they are being written, and whether they are a whole JSON object by now.
 *
 * Its rule: a fragment costs what it is long. Brackets are counted as they come, and the text is parsed once, when the
 * last one has closed: what is wrong then stays wrong, and what is whole stays so as long as only blanks follow.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { isObject, parseJson } from "../../base/json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Arguments that grow. */
export class CallArguments {
  readonly #text = new GrowingText();
  /** `closed`: the last bracket has closed, nothing was parsed yet. */
  #state: "blank" | "open" | "closed" | "complete" | "broken" = "blank";
  #depth = 0;
  #quoted = false;
  #escaped = false;
  /** The beginning without blanks, as far as it may still become `null`; `undefined` when it is something else. */
  #nothing: string | undefined = "";

  /** Characters so far. */
  get length(): number {
    return this.#text.length;
  }

  /** Whether they say anything: what is blank or `null`, or the start of it, may still be replaced by `{}`. */
  get hasContent(): boolean {
    return this.#nothing === undefined;
  }

  /** Whether they are an object. */
  get complete(): boolean {
    if (this.#state === "closed") {
      this.#state = isObject(parseJson(this.#text.toString())) ? "complete" : "broken";
    }
    return this.#state === "complete";
  }

  add(piece: string): void {
    this.#text.add(piece);
    if (this.#state !== "broken") this.#scan(piece);
    if (this.#nothing !== undefined) this.#nothing = nothing(this.#nothing + piece);
  }

  /** Whether a text says the same. */
  equals(text: string): boolean {
    return text.length === this.length && text === this.#text.toString();
  }

  toString(): string {
    return this.#text.toString();
  }

  #scan(piece: string): void {
    for (let at = 0; at < piece.length; at++) {
      const code = piece.charCodeAt(at);
      if (this.#escaped) this.#escaped = false;
      else if (code === QUOTE && this.#state === "open") this.#quoted = !this.#quoted;
      else if (this.#quoted) this.#escaped = code === BACKSLASH;
      else if (isBlank(code)) continue;
      else if (this.#state === "open") this.#bracket(code);
      else if (this.#state === "blank" && code === 0x7b) {
        this.#state = "open";
        this.#depth = 1;
      } else {
        this.#state = "broken";
        return;
      }
    }
  }

  #bracket(code: number): void {
    if (code === 0x7b || code === 0x5b) this.#depth++;
    else if ((code === 0x7d || code === 0x5d) && --this.#depth === 0) this.#state = "closed";
  }
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

/** At most the four letters and one blank behind them: the blank shows when more letters follow. */
function nothing(text: string): string | undefined {
  const start = text.trimStart();
  const word = start.trimEnd();
  if (!"null".startsWith(word)) return undefined;
  return word.length === start.length ? word : `${word} `;
}
