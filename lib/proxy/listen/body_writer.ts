/**
 * Writes the body of one answer to its connection, each piece as one chunk and one system call, as fast as the client reads.
 *
 * Writes come one after the other. It goes past `node:http`, whose streams cost an event more than everything else in the sidecar.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { TcpStream } from "./tcp_stream.ts";

/** How long a client may read nothing of what was written, in milliseconds. A terminal that is paused longer asks again. */
export const WRITE_TIMEOUT_MS = 10 * 60_000;

/** Bytes of a buffer for texts: one or two events. Longer texts get one of their own. */
const BUFFER = 2 * 1024;
/** Most buffers that are kept: a write needs one only until the system has taken its bytes, but many streams write at once. */
const MAX_BUFFERS = 64;
/** Room for the size of a chunk before its bytes: four hex digits and a line break. */
const HEAD = 6;
/** Bytes of the line break after them. */
const TAIL = 2;
/** The most bytes that one UTF-16 unit of a text becomes. */
const BYTES_A_UNIT = 3;
const [CR, LF] = [0x0d, 0x0a];
const DIGITS = new TextEncoder().encode("0123456789abcdef");

const EMPTY = new Uint8Array(0);
const NOTHING = Promise.resolve();
const encoder = new TextEncoder();
const buffers: TextBuffer[] = [];

/** Writes one body. Nothing else may write to the connection meanwhile. */
export class BodyWriter {
  readonly #stream: TcpStream;
  readonly #chunked: boolean;
  readonly #clock: Clock;
  /** When the write began that the client has not taken. */
  #since: number | undefined;
  /** What is being written, and the shared buffer that it stands in. */
  #bytes: Uint8Array = EMPTY;
  #buffer: TextBuffer | undefined;
  #cancelTimer: (() => void) | undefined;

  /** @param chunked whether each piece is framed as a chunk (RFC 9112 §7.1) */
  constructor(stream: TcpStream, chunked: boolean, clock: Clock) {
    this.#stream = stream;
    this.#chunked = chunked;
    this.#clock = clock;
  }

  /** Writes bytes; resolves when the system has taken them. @throws where the client is gone */
  bytes(bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return NOTHING; // as a chunk it would be the last one
    return this.#send(this.#chunked ? framed(bytes) : bytes);
  }

  /** Writes text; resolves when the system has taken it. @throws where the client is gone */
  text(text: string): Promise<void> {
    if (text.length * BYTES_A_UNIT > BUFFER - HEAD - TAIL) return this.bytes(encoder.encode(text));
    if (text === "") return NOTHING;
    const buffer = this.#buffer = buffers.pop() ?? new TextBuffer();
    const { written } = encoder.encodeInto(text, buffer.room);
    return this.#send(
      this.#chunked ? framedIn(buffer.bytes, written) : buffer.room.subarray(0, written),
    );
  }

  /** The body is over, whatever the reason. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #send(bytes: Uint8Array): Promise<void> {
    this.#since = this.#clock.now();
    if (!this.#cancelTimer) this.#arm(WRITE_TIMEOUT_MS);
    this.#bytes = bytes;
    return this.#stream.send(bytes).then(this.#sent);
  }

  readonly #sent = (size: number): Promise<void> | undefined => {
    const bytes = this.#bytes;
    if (size < bytes.length) return this.#send(bytes.subarray(size));
    this.#since = undefined;
    this.#bytes = EMPTY;
    if (this.#buffer && buffers.length < MAX_BUFFERS) buffers.push(this.#buffer);
    this.#buffer = undefined;
    return undefined;
  };

  /** One timer serves many writes. */
  #arm(ms: number): void {
    this.#cancelTimer = this.#clock.after(ms, () => {
      this.#cancelTimer = undefined;
      if (this.#since === undefined) return; // the next write sets it again
      const left = this.#since + WRITE_TIMEOUT_MS - this.#clock.now();
      if (left > 0) this.#arm(left);
      else this.#stream.destroy();
    });
  }
}

/** A buffer, and the part of it that a text is encoded into. */
class TextBuffer {
  readonly bytes = new Uint8Array(BUFFER);
  readonly room = this.bytes.subarray(HEAD);
}

/** Bytes as one chunk. */
function framed(bytes: Uint8Array): Uint8Array {
  const head = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(head.length + bytes.length + TAIL);
  chunk.set(head);
  chunk.set(bytes, head.length);
  chunk[chunk.length - 2] = CR;
  chunk[chunk.length - 1] = LF;
  return chunk;
}

/** The `size` bytes behind {@link HEAD} as one chunk, in place. */
function framedIn(buffer: Uint8Array, size: number): Uint8Array {
  let at = HEAD;
  buffer[--at] = LF;
  buffer[--at] = CR;
  for (let rest = size; rest > 0; rest >>= 4) buffer[--at] = DIGITS[rest & 15]!;
  buffer[HEAD + size] = CR;
  buffer[HEAD + size + 1] = LF;
  return buffer.subarray(at, HEAD + size + TAIL);
}
