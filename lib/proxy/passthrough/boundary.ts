/**
 * Finds the boundaries between events in the raw bytes of an event stream, where a heartbeat may be inserted.
 *
 * It remembers three bytes, however the stream is cut: an event ends with an empty line, and a line ends with LF, CR or
 * CRLF.
 *
 * @module
 */

const LF = 10;
const CR = 13;

/** The position in one stream. */
export class EventBoundary {
  /** The last bytes, oldest first. The start of a stream counts as an empty line. */
  #tail: readonly number[] = [LF, LF, LF];

  /** Records bytes that were sent. */
  pass(bytes: Uint8Array): void {
    this.#tail = [...this.#tail, ...bytes.subarray(-3)].slice(-3);
  }

  /**
   * Whether the last byte ended an event, or nothing was begun yet.
   *
   * A CR after a LF is not trusted: its own LF may be the next byte to come.
   */
  get between(): boolean {
    const [before, previous, last] = this.#tail;
    if (last === LF) return isEnd(previous === CR ? before : previous);
    return last === CR && previous === CR;
  }
}

function isEnd(byte: number | undefined): boolean {
  return byte === LF || byte === CR;
}
