/**
 * The lanes of a process: one for each key of each upstream, with its slots and its circuit.
 *
 * Its rule: a lane is named by its upstream and a number or a hash, never by its key.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Circuit } from "./circuit.ts";
import { Slots } from "./slots.ts";

/** What is kept of one key. */
export interface Lane {
  readonly name: string;
  readonly slots: Slots;
  readonly circuit: Circuit;
}

/** Lanes that are kept; the one that was not used for the longest time is forgotten first. */
const MOST_LANES = 1024;

/** All lanes. */
export class Lanes {
  readonly #clock: Clock;
  readonly #lanes = new Map<string, Lane>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Every lane that was used, for `status` and metrics. */
  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /** @param concurrency requests at once; `null`: no limit. The first call for a name decides */
  lane(name: string, concurrency: number | null): Lane {
    const lane = this.#lanes.get(name) ?? {
      name,
      slots: new Slots(this.#clock, concurrency ?? Infinity),
      circuit: new Circuit(this.#clock),
    };
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    if (this.#lanes.size > MOST_LANES) this.#forget();
    return lane;
  }

  #forget(): void {
    for (const [name, { slots }] of this.#lanes) {
      if (slots.busy + slots.waiting > 0) continue;
      this.#lanes.delete(name);
      return;
    }
  }
}
