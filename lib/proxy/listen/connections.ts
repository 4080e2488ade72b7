/**
 * The open client connections: each waits under a deadline or is being answered, and none is forgotten.
 *
 * A deadline runs while the client owes a request head; an answer has the exchange's own deadlines instead, so a stream
 * of hours is cut by nothing here.
 *
 * @module
 */

import type { Duplex } from "node:stream";
import type { Clock } from "../../base/clock.ts";

/** How long a new connection may take until its first request head is whole, in milliseconds. */
export const HEAD_TIMEOUT = 10_000;
/**
 * How long a connection stays open after an answer until the next head is whole, in milliseconds. Longer than clients keep
 * theirs (reqwest: 90 s), so that none is closed under a request.
 */
export const IDLE_TIMEOUT = 120_000;
/** How long a connection that ends may still be read from, so that its last answer is not lost to a reset, in milliseconds. */
export const CLOSE_TIMEOUT = 1_000;
/** Most requests of one connection that wait for or get their answers. They are answered one after the other. */
export const MAX_PIPELINED = 16;
/** Most connections that are closed at once to free descriptors. */
export const MAX_SHED = 32;

interface Entry {
  /** Requests that wait for or get their answers. */
  busy: number;
  /** The last answer's end. */
  tail: Promise<void>;
  /** Takes the present deadline back. */
  cancel: () => void;
}

/** The connections. */
export class Connections {
  readonly #clock: Clock;
  readonly #open = new Map<unknown, Entry & { readonly stream: Duplex }>();
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

  /** Takes in a new one. */
  add(stream: Duplex): void {
    const entry = { stream, busy: 0, tail: Promise.resolve(), cancel: () => {} };
    this.#open.set(stream, entry);
    this.#arm(entry, HEAD_TIMEOUT);
    stream.once("close", () => {
      entry.cancel();
      this.#open.delete(stream);
      if (this.#open.size > 0) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
    });
  }

  /**
   * A request's head is whole.
   *
   * @param stream the connection, as `node:http` names it
   * @param run answers it; resolves when the answer is written, or cannot be. It runs after the answers before it.
   */
  request(stream: unknown, run: () => Promise<void>): void {
    const entry = this.#open.get(stream);
    if (!entry) return;
    if (entry.busy === MAX_PIPELINED) return void entry.stream.destroy();
    entry.busy++;
    entry.cancel();
    entry.tail = entry.tail.then(run).finally(() => {
      entry.busy--;
      if (entry.busy > 0 || !this.#open.has(stream)) return;
      if (entry.stream.writableEnded) return this.end(entry.stream);
      if (!this.#closing) return this.#arm(entry, IDLE_TIMEOUT);
      // Nothing is unread here, so nothing that was written is lost
      entry.stream.end(() => entry.stream.destroy());
      this.#arm(entry, CLOSE_TIMEOUT);
    });
  }

  /** Ends one once what was written to it is out, with `bytes` as the last of it. */
  end(stream: Duplex, bytes?: string): void {
    const entry = this.#open.get(stream);
    if (!stream.writableEnded && !stream.destroyed) stream.end(bytes);
    stream.resume();
    if (entry) this.#arm(entry, CLOSE_TIMEOUT);
  }

  /** Closes some of those that nobody waits on, the oldest first. */
  shed(): void {
    const idle = this.#open.values().filter(({ busy }) => busy === 0).take(MAX_SHED);
    for (const { stream } of [...idle]) stream.destroy();
  }

  /** Closes those that nobody waits on, the others after their answers; resolves when none is open. */
  close(): Promise<void> {
    this.#closing = true;
    for (const { stream, busy } of [...this.#open.values()]) if (busy === 0) stream.destroy();
    return this.#open.size === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waiting.push(resolve));
  }

  #arm(entry: Entry & { readonly stream: Duplex }, ms: number): void {
    entry.cancel();
    entry.cancel = this.#clock.after(ms, () => entry.stream.destroy());
  }
}
