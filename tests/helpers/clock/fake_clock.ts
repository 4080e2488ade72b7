/**
 * Time and chance under the test's hand: nothing passes until {@link FakeClock.advance} says so.
 *
 * End a test with `assert.equal(clock.armed, 0)`: a timer somebody forgot to take back is a leak.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../../../lib/base/clock.ts";

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** A clock that stands still between two calls of {@link FakeClock.advance}. */
export class FakeClock implements Clock {
  #now = 0;
  #timers: Timer[] = [];
  readonly #epoch: number;

  /** @param epoch what `wall()` says at `now() === 0`, in milliseconds since 1970 */
  constructor(epoch: number = Date.UTC(2026, 0, 1)) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wall(): number {
    return this.#epoch + this.#now;
  }

  after(ms: number, run: () => void): () => void {
    const timer: Timer = { at: this.#now + Math.max(0, ms), run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  /** Timers that are set and have neither fired nor been taken back. */
  get armed(): number {
    return this.#timers.length;
  }

  /** Milliseconds until the next timer, `undefined` when none is set. */
  get next(): number | undefined {
    const timer = this.#earliest();
    return timer && timer.at - this.#now;
  }

  /**
   * Lets `ms` pass: fires what falls due, in order of time and then of arming, and lets promises settle before
   * the first and after each one, so that a timer armed by what was woken fires in the same call if it falls due.
   */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settle();
    for (let timer = this.#earliest(); timer && timer.at <= until; timer = this.#earliest()) {
      const due = timer;
      this.#timers = this.#timers.filter((other) => other !== due);
      this.#now = Math.max(this.#now, due.at);
      due.run();
      await settle();
    }
    this.#now = until;
  }

  #earliest(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (!first || timer.at < first.at) first = timer;
    return first;
  }
}

/** Lets every promise that can settle without time or I/O do so: the microtask queue runs dry before the next task. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

export { seededRandom } from "../../../lib/base/seeded_random.ts";
