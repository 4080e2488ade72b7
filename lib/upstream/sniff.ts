/**
 * Distinguishes a stream, a page and a JSON body by the first bytes, because the content type is often wrong.
 *
 * Every byte is examined once, and none of the leading white space is kept.
 *
 * @module
 */

/** What a body is. */
export type BodyKind = "stream" | "json" | "html";

/** The white space that may stand before a body, in bytes: some providers send a line break a second while they think. */
export const MAX_BLANKS = 1024 * 1024;

/** The kind of a body, once its first bytes show it. */
interface Sniffed {
  readonly kind: BodyKind;
  /** The bytes of the present chunk, without leading white space. */
  readonly rest: Uint8Array;
}

/** The three bytes of a byte order mark in UTF-8. */
const MARK = [0xef, 0xbb, 0xbf];

/** Examines one body from its first byte on. */
export class Sniffer {
  /** The white space that has come, in bytes. */
  blanks = 0;
  /** How much of a byte order mark has come; it may stand at the beginning only. */
  #mark = 0;

  /**
   * Examines the next bytes; `undefined` while there are only white space and a byte order mark.
   *
   * A stream begins with a field name, a colon or an empty line, so `{`, `[` and `<` are never its first character.
   */
  push(chunk: Uint8Array): Sniffed | undefined {
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!;
      if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) {
        this.blanks++;
        continue;
      }
      if (this.blanks === this.#mark && byte === MARK[this.#mark]) {
        this.blanks++;
        this.#mark++;
        continue;
      }
      const rest = chunk.subarray(at);
      if (byte === 0x7b || byte === 0x5b) return { kind: "json", rest };
      return { kind: byte === 0x3c ? "html" : "stream", rest };
    }
    return undefined;
  }
}
