/**
 * Takes the bytes of an HTTP/1.1 body out of their framing (RFC 9112 §6, §7.1): chunks, a length, or the end of the connection.
 *
 * It is as lenient as the parser of heads: chunks win over a length, a line feed ends a line.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** The framing of one body. */
export interface BodyFrames {
  /** Whether the end of the connection is the end of the body. */
  readonly endsWithConnection: boolean;
  /**
   * Takes the next bytes of the connection and adds those of the body to `out`, as parts of the given ones.
   *
   * @returns whether the body is complete; what follows it is ignored
   * @throws Failure `broken_stream`, with the fact alone, where they are no framing
   */
  push(bytes: Uint8Array, out: Uint8Array[]): boolean;
}

/** The head of an answer, as far as it says where its body ends. */
interface FramedHead {
  /** The method of the request. */
  readonly method: string;
  readonly status: number;
  readonly transferEncoding: string | undefined;
  readonly contentLength: string | undefined;
}

const NO_BODY: ReadonlySet<number> = new Set([204, 304]);

/** The framing that a head announces. */
export function framesOf(head: FramedHead): BodyFrames {
  const { method, status, transferEncoding, contentLength } = head;
  if (method === "HEAD" || NO_BODY.has(status)) return new Counted(0);
  if (transferEncoding !== undefined) {
    return /(?:^|,)\s*chunked\s*$/i.test(transferEncoding) ? new Chunked() : UNTIL_CLOSED;
  }
  return contentLength === undefined ? UNTIL_CLOSED : new Counted(Number(contentLength));
}

const UNTIL_CLOSED: BodyFrames = {
  endsWithConnection: true,
  push(bytes, out) {
    if (bytes.length > 0) out.push(bytes);
    return false;
  },
};

class Counted implements BodyFrames {
  readonly endsWithConnection = false;
  #left: number;

  constructor(length: number) {
    this.#left = length;
  }

  push(bytes: Uint8Array, out: Uint8Array[]): boolean {
    const taken = Math.min(bytes.length, this.#left);
    if (taken > 0) out.push(taken === bytes.length ? bytes : bytes.subarray(0, taken));
    this.#left -= taken;
    return this.#left === 0;
  }
}

const LF = 0x0a;
const CR = 0x0d;
const SEMICOLON = 0x3b;
/** Hex digits of the largest chunk, leading zeros included: what a number holds exactly. */
const MAX_DIGITS = 13;
/** Bytes of the longest line beside the chunks: an extension, or one line of the trailers. */
const MAX_LINE = 16 * 1024;
/** Bytes of the longest trailers. */
const MAX_TRAILERS = 256 * 1024;

class Chunked implements BodyFrames {
  readonly endsWithConnection = false;
  /** What comes next: a chunk's size, the rest of that line, its bytes, the line break after them, or the trailers. */
  #part: "size" | "extension" | "bytes" | "break" | "trailers" = "size";
  /** Bytes of the chunk that are missing. */
  #left = 0;
  #digits = 0;
  /** Bytes of the present line beside the chunks. */
  #line = 0;
  #trailers = 0;

  push(bytes: Uint8Array, out: Uint8Array[]): boolean {
    let at = 0;
    while (at < bytes.length) {
      if (this.#part === "bytes") {
        const end = Math.min(at + this.#left, bytes.length);
        out.push(bytes.subarray(at, end));
        this.#left -= end - at;
        at = end;
        if (this.#left === 0) this.#part = "break";
      } else if (this.#take(bytes[at++]!)) return true;
    }
    return false;
  }

  /** Takes a byte between the chunks; whether it ends the body. */
  #take(byte: number): boolean {
    switch (this.#part) {
      case "size":
        this.#size(byte);
        return false;
      case "extension":
        if (byte === LF) this.#sized();
        else if (++this.#line > MAX_LINE) {
          throw new Failure("broken_stream", "a chunk extension without end");
        }
        return false;
      case "break":
        if (byte === LF) this.#part = "size";
        else if (byte !== CR) throw new Failure("broken_stream", "a chunk longer than its size");
        return false;
      default:
        return this.#trailer(byte);
    }
  }

  #size(byte: number): void {
    const digit = hexDigit(byte);
    if (digit >= 0) {
      if (++this.#digits > MAX_DIGITS) {
        throw new Failure("broken_stream", "a chunk that is too large");
      }
      this.#left = this.#left * 16 + digit;
      return;
    }
    if (this.#digits === 0) throw new Failure("broken_stream", "a chunk without a size");
    if (byte === LF) this.#sized();
    else if (byte === CR || byte === SEMICOLON || byte === 0x20 || byte === 0x09) {
      this.#part = "extension";
    } else throw new Failure("broken_stream", "a chunk without a size");
  }

  #sized(): void {
    this.#part = this.#left === 0 ? "trailers" : "bytes";
    this.#digits = 0;
    this.#line = 0;
  }

  /** The body ends with the first empty line. */
  #trailer(byte: number): boolean {
    if (++this.#trailers > MAX_TRAILERS) throw new Failure("broken_stream", "trailers without end");
    if (byte === LF) {
      if (this.#line === 0) return true;
      this.#line = 0;
    } else if (byte !== CR) this.#line++;
    return false;
  }
}

/** The value of a hex digit; -1 where it is none. */
function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
