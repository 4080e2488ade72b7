/**
 * The body of an answer that `node:http` reads: chunks queue up as they come and are handed over all at once.
 *
 * A chunk costs a push into a list; a promise is made only where a reader has to wait. Beyond
 * {@link QUEUE} unread bytes the socket is paused.
 *
 * @module
 */

import type { IncomingMessage } from "node:http";
import { Failure } from "../../base/errors.ts";
import type { BodyReader } from "../body_reader.ts";
import { reasonOf } from "./network_errors.ts";

/** Bytes that may wait for the reader. */
const QUEUE = 64 * 1024;

/** Reads one body. */
export class NodeBody implements BodyReader {
  readonly #message: IncomingMessage;
  readonly #title: string;
  readonly #onOver: () => void;
  #queue: Uint8Array[] = [];
  #queued = 0;
  #received = 0;
  #paused = false;
  #over = false;
  #broken: Failure | undefined;
  #wake: (() => void) | undefined;

  /**
   * @param title the upstream in sentences
   * @param onOver called once, when nothing more will come, whatever the reason; frees the connection
   */
  constructor(message: IncomingMessage, title: string, onOver: () => void) {
    this.#message = message;
    this.#title = title;
    this.#onOver = onOver;
    message.on("data", (chunk: Uint8Array) => this.#arrive(chunk));
    message.on("end", () => this.#end());
    message.on("error", (error) => this.#break(error));
    message.on("close", () => this.#break(new TypeError("aborted")));
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

  async read(): Promise<readonly Uint8Array[] | undefined> {
    if (this.#queued === 0 && !this.#over) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#queued === 0) {
      if (this.#broken) throw this.#broken;
      return undefined;
    }
    const chunks = this.#queue;
    this.#queue = [];
    this.#queued = 0;
    if (this.#paused) {
      this.#paused = false;
      this.#message.resume();
    }
    return chunks;
  }

  cancel(_reason: unknown): void {
    this.#queue = [];
    this.#queued = 0;
    this.#broken = undefined;
    this.#end();
  }

  #arrive(chunk: Uint8Array): void {
    if (this.#over || chunk.length === 0) return;
    this.#queue.push(chunk);
    this.#queued += chunk.length;
    this.#received += chunk.length;
    if (this.#queued >= QUEUE && !this.#paused) {
      this.#paused = true;
      this.#message.pause();
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
