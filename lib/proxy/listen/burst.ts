/**
 * Reports many similar events as one line at their start and one with a count for each period after it.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";

/** At most one line in this time, in milliseconds. */
export const BURST_PERIOD = 10_000;

/** Counts events of one kind. */
export class Burst {
  readonly #clock: Clock;
  readonly #report: (count: number) => void;
  #more = 0;
  #cancel: (() => void) | undefined;

  /** @param report called with 1 for the first event, then with the number of those that followed in a period */
  constructor(clock: Clock, report: (count: number) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  /** One more event. */
  note(): void {
    if (this.#cancel) return void this.#more++;
    this.#report(1);
    this.#arm();
  }

  /** Reports the events since the last report, and stops the timer. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    if (this.#more > 0) this.#report(this.#more);
    this.#more = 0;
  }

  #arm(): void {
    this.#cancel = this.#clock.after(BURST_PERIOD, () => {
      this.#cancel = undefined;
      if (this.#more === 0) return;
      this.#report(this.#more);
      this.#more = 0;
      this.#arm();
    });
  }
}
