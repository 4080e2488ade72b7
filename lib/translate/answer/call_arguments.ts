/**
 * The arguments of one call, fragment by fragment, and whether they are a complete JSON object by now.
 *
 * Its rule: a fragment costs time linear in its length. Brackets are counted as they come, and the text is parsed once, when
 * the last bracket has closed. Arguments that are wrong then stay wrong; complete ones stay complete while only blanks follow.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { isObject, parseJson } from "../../base/json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** The arguments of one call. */
export class CallArguments {
  readonly #text = new GrowingText();
  /** `closed`: the last bracket has closed, and the text was not parsed yet. */
  #state: "blank" | "open" | "closed" | "complete" | "broken" = "blank";
  #depth = 0;
  #quoted = false;
  #escaped = false;
  /** The text without blanks before it, while it may still become `null` or `{}`; `undefined` once it cannot. */
  #nothing: string | undefined = "";

  /** Characters so far. */
  get length(): number {
    return this.#text.length;
  }

  /**
   * Whether they have content. Arguments that are blank, `null`, an empty object or the beginning of one may still be
   * replaced: by `{}`, or by what the model wrote into its text.
   */
  get hasContent(): boolean {
    return this.#nothing === undefined;
  }

  /** Whether they are a complete JSON object. */
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

  /** Whether they are equal to a text. */
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

/** At most the four letters and one blank behind them, which shows that further letters are not part of the word. */
function nothing(text: string): string | undefined {
  const start = text.trimStart();
  if (start.startsWith("{")) {
    const empty = start.replace(/\s+/g, "");
    return "{}".startsWith(empty) ? empty : undefined;
  }
  const word = start.trimEnd();
  if (!"null".startsWith(word)) return undefined;
  return word.length === start.length ? word : `${word} `;
}
