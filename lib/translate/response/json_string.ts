/**
 * Decodes a JSON string that is not complete, or that is not valid JSON.
 *
 * The result is well-formed: half a surrogate pair waits for its other half, a lone half becomes U+FFFD, because Codex drops
 * an event that holds one.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
};

/** Decodes a JSON string, from behind its opening quote, fed in pieces. */
export class JsonStringDecoder {
  #rest = "";
  #half = "";
  #closed = false;

  /** @param openEnded whether a bare quote is part of the text instead of its end. */
  constructor(private readonly openEnded = false) {}

  /** Whether the closing quote has come; what follows it is ignored. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The text that this piece adds, with what was held back before it; an escape that is cut is held back. */
  push(piece: string): string {
    if (this.#closed) return "";
    const source = this.#rest + piece;
    this.#rest = "";
    const text = new GrowingText(this.#half);
    let at = 0;
    while (at < source.length) {
      const stop = nextStop(source, at);
      text.add(source.slice(at, stop));
      at = stop;
      if (at === source.length) break;
      if (source[at] === '"') {
        if (!this.openEnded) {
          this.#closed = true;
          break;
        }
        text.add('"');
        at += 1;
        continue;
      }
      const escape = readEscape(source, at);
      if (escape === undefined) {
        this.#rest = source.slice(at);
        break;
      }
      text.add(escape.text);
      at += escape.length;
    }
    const decoded = text.toString();
    const waits = !this.#closed && /[\ud800-\udbff]/.test(decoded.charAt(decoded.length - 1));
    this.#half = waits ? decoded.slice(-1) : "";
    return (waits ? decoded.slice(0, -1) : decoded).toWellFormed();
  }
}

function nextStop(source: string, from: number): number {
  for (let at = from; at < source.length; at++) {
    const char = source[at];
    if (char === '"' || char === "\\") return at;
  }
  return source.length;
}

/** One escape; `undefined` when it is cut. An escape that JSON does not know stays as it is: `\d`. */
function readEscape(source: string, at: number): { text: string; length: number } | undefined {
  const char = source[at + 1];
  if (char === undefined) return undefined;
  if (char !== "u") {
    const plain = char === '"' || char === "\\" || char === "/" ? char : ESCAPES[char];
    return { text: plain ?? `\\${char}`, length: 2 };
  }
  const digits = source.slice(at + 2, at + 6);
  if (/^[0-9a-fA-F]{4}$/.test(digits)) {
    return { text: String.fromCharCode(parseInt(digits, 16)), length: 6 };
  }
  const cut = /^[0-9a-fA-F]{0,3}$/.test(digits) && at + 2 + digits.length === source.length;
  return cut ? undefined : { text: "\\u", length: 2 };
}
