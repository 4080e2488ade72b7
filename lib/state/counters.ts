/**
 * Sums that belong to a span of time: requests of a minute, tokens of a day.
 *
 * A library for rate limits (rate-limiter-flexible) was measured and left: 30 ms of start, 700 KB, and its own clock, under
 * which no test could let a day pass. Its sums in Redis are one script, which stands in `redis/scripts.ts`; what it does
 * while Redis is gone (a second limiter that forgets the first one's sums) is not what `shared_counters.ts` does.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";

/** Keeps sums. */
export interface Counters {
  /**
   * Adds to a sum and returns it; 0 only reads it. Never rejects.
   *
   * @param key names the span too, so that a new span begins at 0
   * @param keep milliseconds for which it must be kept at least
   */
  add(key: string, by: number, keep: number): Promise<number>;
}

/** Most sums that are kept; the one that was added to longest ago is forgotten first. */
export const MOST_SUMS = 65_536;

/** The sums of one process. */
export class LocalCounters implements Counters {
  readonly #clock: Pick<Clock, "now">;
  readonly #sums = new Map<string, { sum: number; until: number }>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  add(key: string, by: number, keep: number): Promise<number> {
    const now = this.#clock.now();
    const kept = this.#sums.get(key) ?? { sum: 0, until: now + keep };
    kept.sum += by;
    if (by > 0) {
      this.#sums.delete(key);
      this.#sums.set(key, kept);
      this.#forget(now);
    }
    return Promise.resolve(kept.sum);
  }

  /** Oldest first: what is over goes, and what is too much. */
  #forget(now: number): void {
    for (const [key, { until }] of this.#sums) {
      if (until > now && this.#sums.size <= MOST_SUMS) return;
      this.#sums.delete(key);
    }
  }
}
