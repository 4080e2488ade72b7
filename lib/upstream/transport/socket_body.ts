/**
 * The body of an answer, read from its connection: chunks queue up as they come and are handed over all at once.
 *
 * A chunk costs a push into a list; a promise is made only where a reader has to wait. Beyond
 * {@link QUEUE} unread bytes the socket is paused.
 *
 * @module
 */

import type { Socket } from "node:net";
import { Failure } from "../../base/errors.ts";
import type { BodyReader } from "../body_reader.ts";
import type { BodyFrames } from "./body_frames.ts";
import { reasonOf } from "./network_errors.ts";

/** Bytes that may wait for the reader. */
const QUEUE = 64 * 1024;

const NOTHING = new Uint8Array(0);
const NO_MORE = Promise.resolve(undefined);

/** Options of {@link SocketBody}. */
interface SocketBodyOptions {
  /** The connection, whose answer has had its head. */
  readonly socket: Socket;
  /** The bytes behind the head that have come already. */
  readonly first: readonly Uint8Array[];
  readonly frames: BodyFrames;
  /** The upstream in sentences. */
  readonly title: string;
  /** Called once, when nothing more will come, whatever the reason; frees the connection. */
  readonly onOver: () => void;
}

/** Reads one body. */
export class SocketBody implements BodyReader {
  readonly #socket: Socket;
  readonly #frames: BodyFrames;
  readonly #title: string;
  readonly #onOver: () => void;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #received = 0;
  #paused = false;
  #over = false;
  #broken: Failure | undefined;
  #wake: (() => void) | undefined;

  constructor({ socket, first, frames, title, onOver }: SocketBodyOptions) {
    this.#socket = socket;
    this.#frames = frames;
    this.#title = title;
    this.#onOver = onOver;
    socket.on("data", (bytes: Uint8Array) => this.#arrive(bytes));
    socket.once("end", () => {
      if (frames.endsWithConnection) this.#end();
      else this.#break(new TypeError("aborted"));
    });
    socket.on("error", (error) => this.#break(error));
    socket.once("close", () => this.#break(new TypeError("aborted")));
    this.#arrive(NOTHING); // a body may end before its first byte
    for (const bytes of first) this.#arrive(bytes);
  }

  /** The bytes that have come so far. */
  get received(): number {
    return this.#received;
  }

  /** Whether the network waits for the reader. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Ends it with a failure, which is thrown once everything before it has been read. */
  fail(failure: Failure): void {
    if (this.#over) return;
    this.#broken = failure;
    this.#end();
  }

  read(): Promise<readonly Uint8Array[] | undefined> {
    if (this.#queued > 0) return Promise.resolve(this.#dequeue());
    if (this.#over) return this.#broken ? Promise.reject(this.#broken) : NO_MORE;
    return new Promise((resolve, reject) => {
      this.#wake = () => {
        if (this.#queued > 0) resolve(this.#dequeue());
        else if (this.#broken) reject(this.#broken);
        else resolve(undefined);
      };
    });
  }

  #dequeue(): readonly Uint8Array[] {
    const chunks = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    if (this.#paused) {
      this.#paused = false;
      this.#socket.resume();
    }
    return chunks;
  }

  cancel(_reason: unknown): void {
    this.#queue = [];
    this.#queued = 0;
    this.#broken = undefined;
    this.#end();
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#received += bytes.length;
    const before = this.#queue.length;
    let complete;
    try {
      complete = this.#frames.push(bytes, this.#queue);
    } catch (error) {
      return this.#break(error);
    }
    for (let at = before; at < this.#queue.length; at++) this.#queued += this.#queue[at]!.length;
    if (complete) return this.#end();
    if (this.#queue.length === before) return;
    if (this.#queued >= QUEUE && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
    this.#wakeUp();
  }

  #break(error: unknown): void {
    const message = `${this.#title} broke the connection in the middle of its answer`;
    this.fail(new Failure("broken_stream", `${message} (${reasonOf(error)})`, { cause: error }));
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver();
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
