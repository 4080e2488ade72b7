/**
 * Tells a stream from a page and from a JSON body by its first bytes: the content type is often wrong.
 *
 * @module
 */

/** What a body is. */
export type BodyKind = "stream" | "json" | "html";

/**
 * Looks at the first bytes; `undefined` while they are only white space or a byte order mark.
 *
 * A stream begins with a field name, a colon or an empty line, so `{`, `[` and `<` are never its first character.
 */
export function kindOf(chunks: readonly Uint8Array[]): BodyKind | undefined {
  for (const chunk of chunks) {
    for (const byte of chunk) {
      if (BLANK.has(byte)) continue;
      if (byte === 0x7b || byte === 0x5b) return "json";
      return byte === 0x3c ? "html" : "stream";
    }
  }
  return undefined;
}

/** Space, tab, line feed, carriage return, and the three bytes of a UTF-8 byte order mark. */
const BLANK: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0xef, 0xbb, 0xbf]);
