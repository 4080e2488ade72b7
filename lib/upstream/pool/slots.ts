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
  /** It has to wait. @param ahead how many are before it, 0 where it waits for a limit's end alone */
  waiting?(ahead: number): void;
}

interface Waiting {
  readonly thread: string;
  readonly enter: () => void;
}

/** The slots of one key. */
export class Slots {
  readonly #clock: Clock;
  readonly #limit: number;
  #busy = 0;
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
   * @returns gives the slot back; call it once
   * @throws {Failure} `overloaded` where too many wait; the signal's reason where it aborts
   */
  take(asker: Asker): Promise<() => void> | (() => void) {
    if (asker.signal.aborted) throw asker.signal.reason;
    if (this.free) return this.#enter();
    if (this.#count >= MOST_WAITING) {
      throw new Failure("overloaded", `${MOST_WAITING} requests already wait for their turn`, {
        hint: "Raise concurrency of the upstream, or ask less at once",
      });
    }
    asker.waiting?.(this.#count);
    return this.#wait(asker);
  }

  #wait({ thread, signal }: Asker): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const one: Waiting = {
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

  #enter(): () => void {
    this.#busy++;
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
