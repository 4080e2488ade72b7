/**
 * The open client connections: each waits under a deadline or is being answered.
 *
 * A deadline runs while the next request head is awaited. An answer has the exchange's own deadlines instead, so nothing
 * here ends a stream that lasts hours.
 *
 * @module
 */

import type { Duplex } from "node:stream";
import type { Clock } from "../../base/clock.ts";

/** How long a new connection may take until its first request head is complete, in milliseconds. */
export const HEAD_TIMEOUT_MS = 10_000;
/**
 * How long a connection stays open after an answer until the next head is complete, in milliseconds. Longer than clients
 * keep theirs (reqwest: 90 s), so that none is closed under a request.
 */
export const IDLE_TIMEOUT_MS = 120_000;
/** How long a connection that ends may still be read from, so that its last answer is not lost to a reset, in milliseconds. */
export const CLOSE_TIMEOUT_MS = 1_000;
/** Most requests of one connection that wait for or get their answers. They are answered one after the other. */
export const MAX_PIPELINED = 16;
/** Most connections that are closed at once to free descriptors. */
const MAX_SHED = 32;

interface OpenConnection<Stream> {
  readonly stream: Stream;
  /** Requests that wait for or get their answers. */
  busy: number;
  /** The last answer's end. */
  tail: Promise<void>;
  /** Cancels the present deadline. */
  cancel: () => void;
}

/** The registry of a server's connections. */
export class Connections<Stream extends Duplex> {
  readonly #clock: Clock;
  readonly #open = new Map<unknown, OpenConnection<Stream>>();
  #closing = false;
  #waiting: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /** Whether a request waits for or gets an answer. */
  get busy(): boolean {
    return this.#open.values().some(({ busy }) => busy > 0);
  }

  /** Adds a new connection; its deadline starts. */
  add(stream: Stream): void {
    const entry = { stream, busy: 0, tail: Promise.resolve(), cancel: () => {} };
    this.#open.set(stream, entry);
    this.#arm(entry, HEAD_TIMEOUT_MS);
    stream.once("close", () => {
      entry.cancel();
      this.#open.delete(stream);
      if (this.#open.size > 0) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /**
   * Call it when the head of a request is complete.
   *
   * @param stream the connection, as `node:http` names it
   * @param run answers it; resolves when the answer is written, or cannot be. It runs after the answers before it.
   */
  request(stream: unknown, run: (stream: Stream) => Promise<void>): void {
    const entry = this.#open.get(stream);
    if (!entry) return;
    if (entry.busy === MAX_PIPELINED) return void entry.stream.destroy();
    entry.busy++;
    entry.cancel();
    entry.tail = entry.tail.then(() => run(entry.stream)).finally(() => {
      entry.busy--;
      if (entry.busy > 0 || !this.#open.has(stream)) return;
      if (entry.stream.writableEnded) return this.end(entry.stream);
      if (!this.#closing) return this.#arm(entry, IDLE_TIMEOUT_MS);
      // Nothing is unread here, so the close cannot reset the answer
      entry.stream.end(() => entry.stream.destroy());
      this.#arm(entry, CLOSE_TIMEOUT_MS);
    });
  }

  /** Ends a connection when everything written to it, `bytes` last, has gone out. */
  end(stream: Duplex, bytes?: string): void {
    const entry = this.#open.get(stream);
    if (!stream.writableEnded && !stream.destroyed) stream.end(bytes);
    stream.resume();
    if (entry) this.#arm(entry, CLOSE_TIMEOUT_MS);
  }

  /** Closes up to {@link MAX_SHED} connections without a running request, the oldest first. */
  shed(): void {
    const idle = this.#open.values().filter(({ busy }) => busy === 0).take(MAX_SHED);
    for (const { stream } of [...idle]) stream.destroy();
  }

  /** Closes connections without a running request at once, the others after their answers; resolves when none is open. */
  close(): Promise<void> {
    this.#closing = true;
    for (const { stream, busy } of [...this.#open.values()]) if (busy === 0) stream.destroy();
    return this.#open.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #arm(entry: OpenConnection<Stream>, ms: number): void {
    entry.cancel();
    entry.cancel = this.#clock.after(ms, () => entry.stream.destroy());
  }
}
