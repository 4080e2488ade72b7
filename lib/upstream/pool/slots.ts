/**
 * How many requests may be with one key of an upstream at once; the others wait their turn, and nobody runs into a limit that
 * somebody else has just met.
 *
 * Its rule: threads take turns, so that a thread with many requests does not keep the others waiting. Who leaves costs nothing.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";

/** Most requests that wait at once; beyond them a request is refused at once. */
export const MOST_WAITING = 256;

/** Who asks for a slot. */
export interface Asker {
  /** The conversation it belongs to; its requests wait behind each other. */
  readonly thread: string;
  /** Ends the wait; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Where the slot is, for sentences. */
  readonly title?: string;
  /** Whether it would rather go elsewhere; asked whenever that may have changed. @default it waits */
  leaves?(): boolean;
  /** It has to wait. @param ahead how many are before it, 0 where it waits for a limit's end alone */
  waiting?(ahead: number): void;
}

/** Gives a slot back; call it once. */
export type Give = () => void;

interface Waiting {
  readonly thread: string;
  readonly enter: () => void;
  /** Goes elsewhere, where it would rather. */
  readonly reconsider: () => void;
}

/** The slots of one key. */
export class Slots {
  readonly #clock: Clock;
  readonly #limit: number;
  #busy = 0;
  #most = 0;
  /** When the next request may go, in milliseconds on the clock. */
  #notBefore = 0;
  #cancelTimer: (() => void) | undefined;
  /** Those who wait, by thread; the first thread is next. */
  readonly #threads = new Map<string, Waiting[]>();
  #count = 0;

  /** @param limit requests at once; `Infinity`: as many as come */
  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Requests that are with the upstream. */
  get busy(): number {
    return this.#busy;
  }

  /** The most that were with it at once, ever. */
  get most(): number {
    return this.#most;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#count;
  }

  /** Whether a request would not wait. */
  get free(): boolean {
    return this.#count === 0 && this.#busy < this.#limit && this.#clock.now() >= this.#notBefore;
  }

  /** Nobody goes for so many milliseconds: the upstream asked for that. */
  pause(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + ms);
  }

  /**
   * Waits for a slot.
   *
   * @returns gives the slot back; `undefined` where the asker goes elsewhere
   * @throws {Failure} `overloaded` where too many wait; the signal's reason where it aborts
   */
  take(asker: Asker): Promise<Give | undefined> | Give {
    if (asker.signal.aborted) throw asker.signal.reason;
    if (this.free) return this.#enter();
    if (this.#count >= MOST_WAITING) {
      const where = asker.title === undefined ? "" : ` at ${asker.title}`;
      const message = `${MOST_WAITING} requests already wait for their turn${where}`;
      throw new Failure("overloaded", message, {
        hint: "Raise concurrency of the upstream, or ask less at once",
      });
    }
    asker.waiting?.(this.#count);
    return this.#wait(asker);
  }

  /** Something has changed: those who would rather go elsewhere leave the queue. */
  reconsider(): void {
    for (const line of [...this.#threads.values()]) for (const one of [...line]) one.reconsider();
    this.#advance();
  }

  #wait({ thread, signal, leaves }: Asker): Promise<Give | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Give | undefined>();
    const one: Waiting = {
      reconsider: () => {
        if (!leaves?.()) return;
        signal.removeEventListener("abort", leave);
        this.#remove(one);
        resolve(undefined);
      },
      thread,
      enter: () => {
        signal.removeEventListener("abort", leave);
        resolve(this.#enter());
      },
    };
    const leave = () => {
      this.#remove(one);
      reject(signal.reason);
      this.#advance();
    };
    signal.addEventListener("abort", leave, { once: true });
    const line = this.#threads.get(thread);
    if (line) line.push(one);
    else this.#threads.set(thread, [one]);
    this.#count++;
    this.#advance();
    return promise;
  }

  #enter(): Give {
    this.#busy++;
    this.#most = Math.max(this.#most, this.#busy);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#busy--;
      this.#advance();
    };
  }

  /** Lets those in who may go, one of each thread in turn. */
  #advance(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (this.#count > 0 && this.#busy < this.#limit) {
      const left = this.#notBefore - this.#clock.now();
      if (left > 0) {
        this.#cancelTimer = this.#clock.after(left, () => this.#advance());
        return;
      }
      const [thread, line] = this.#threads.entries().next().value as [string, Waiting[]];
      const one = line[0] as Waiting;
      this.#remove(one);
      const rest = this.#threads.get(thread);
      if (rest) {
        this.#threads.delete(thread);
        this.#threads.set(thread, rest);
      }
      one.enter();
    }
  }

  #remove(one: Waiting): void {
    const line = this.#threads.get(one.thread);
    const at = line?.indexOf(one) ?? -1;
    if (!line || at < 0) return;
    line.splice(at, 1);
    this.#count--;
    if (line.length === 0) this.#threads.delete(one.thread);
  }
}
