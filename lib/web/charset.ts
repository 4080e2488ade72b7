/**
 * Decodes the bytes of a page: by its byte order mark, by its header, by what its first bytes declare, else as UTF-8.
 *
 * @module
 */

/** Bytes in which a page must declare its encoding (HTML standard, "prescan a byte stream"). */
const PRESCAN = 4_096;

/** Reads a page's bytes as text. A wrong or unknown encoding gives replacement characters, never an error. */
export function decodePage(bytes: Uint8Array, contentType: string): string {
  const label = byteOrderMark(bytes) ?? charsetOf(contentType) ?? declared(bytes) ?? "utf-8";
  return (decoderOf(label) ?? new TextDecoder()).decode(bytes);
}

function decoderOf(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function byteOrderMark([a, b, c]: Uint8Array): string | undefined {
  if (a === 0xef && b === 0xbb && c === 0xbf) return "utf-8";
  if (a === 0xfe && b === 0xff) return "utf-16be";
  if (a === 0xff && b === 0xfe) return "utf-16le";
  return undefined;
}

function charsetOf(contentType: string): string | undefined {
  return /;\s*charset\s*=\s*["']?([\w.:-]+)/i.exec(contentType)?.[1];
}

function declared(bytes: Uint8Array): string | undefined {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, PRESCAN));
  const label = /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)/i.exec(start)?.[1] ??
    /^<\?xml[^>]{0,100}?encoding\s*=\s*["']([\w.:-]+)/i.exec(start)?.[1];
  // A page that could be read so far is in no encoding of two-byte units, whatever it says
  return label && /^utf-?16/i.test(label) ? "utf-8" : label;
}
