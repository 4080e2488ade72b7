/**
 * The connection as `node:http` sees it: it sends the request over it and reads the head of the answer, nothing more.
 *
 * The body would cost ten times as much there as it does in `socket_body.ts`, and a silent stream the memory of the
 * request and of the parser. So the bytes behind the head are held until it is known what the head was.
 *
 * @module
 */

import type { Socket } from "node:net";
import { Duplex } from "node:stream";

/** Bytes that may be held. */
const MAX_HELD = 64 * 1024;
const LF = 0x0a;
const CR = 0x0d;

type Done = (error?: Error | null) => void;

/** The stream. Destroying it leaves the connection open. */
export class HeadStream extends Duplex {
  readonly #socket: Socket;
  /** Bytes behind the last head, in order. */
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Whether a head has been given out and nobody has said what it was. */
  #holding = false;
  /** Whether the present head has begun, and whether its present line is still empty. */
  #begun = false;
  #empty = true;

  readonly #end = () => void this.push(null);
  readonly #break = (error?: Error) => void this.destroy(error);

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on("data", this.#take);
    socket.once("end", this.#end);
    socket.on("error", this.#break);
    socket.once("close", this.#break);
  }

  /** The head was an interim one: another follows. */
  next(): void {
    // Not at once: the parser is still at work on this one
    queueMicrotask(() => {
      const held = this.#held;
      this.#release();
      for (const bytes of held) this.#take(bytes);
    });
  }

  /**
   * The head was that of the answer: the connection is the caller's from now on.
   *
   * @returns the bytes behind the head; `undefined` where it is not known where it ended
   */
  finish(): readonly Uint8Array[] | undefined {
    this.#socket.off("data", this.#take);
    this.#socket.off("end", this.#end);
    if (!this.#holding) return undefined;
    const held = this.#held;
    this.#release();
    return held;
  }

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: Done): void {
    done(); // the connection stays open for the answer
  }

  override _destroy(error: Error | null, done: Done): void {
    // The connection must not hold the request for as long as the answer lasts
    this.#socket.off("data", this.#take);
    this.#socket.off("end", this.#end);
    this.#socket.off("error", this.#break);
    this.#socket.off("close", this.#break);
    done(error);
  }

  readonly #take = (bytes: Uint8Array): void => {
    if (this.#holding) return this.#hold(bytes);
    const end = this.#endIn(bytes);
    if (end === undefined) return void this.push(bytes);
    this.#holding = true;
    if (end < bytes.length) this.#hold(bytes.subarray(end));
    this.push(bytes.subarray(0, end));
  };

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > MAX_HELD) this.#socket.pause();
  }

  #release(): void {
    if (this.#heldBytes > MAX_HELD) this.#socket.resume();
    this.#held = [];
    this.#heldBytes = 0;
    this.#holding = false;
    this.#begun = false;
    this.#empty = true;
  }

  /** Where the head ends in these bytes: behind the first empty line that does not stand before it. */
  #endIn(bytes: Uint8Array): number | undefined {
    for (let at = 0; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte === CR) continue;
      if (byte !== LF) {
        this.#begun = true;
        this.#empty = false;
      } else if (this.#empty && this.#begun) return at + 1;
      else this.#empty = true;
    }
    return undefined;
  }
}
