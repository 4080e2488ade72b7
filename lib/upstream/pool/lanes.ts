/**
 * The lanes of a process: one for each key of each upstream, with its slots and its circuit.
 *
 * Its rule: a lane is named by its upstream and a number or a hash, never by its key.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { LaneState } from "../../state/state.ts";
import type { LaneNews } from "../../state/store.ts";
import { Circuit } from "./circuit.ts";
import { Slots } from "./slots.ts";

/** What is kept of one key. */
export interface Lane {
  readonly name: string;
  readonly slots: Slots;
  readonly circuit: Circuit;
  /** A hash of the key whose slots and circuit they are; absent where the name has one. */
  key?: string | undefined;
}

/** Lanes that are kept; the one that was not used for the longest time is forgotten first. */
const MOST_LANES = 1024;

/** All lanes. */
export class Lanes {
  readonly #clock: Clock;
  readonly #shared: LaneState | undefined;
  readonly #lanes = new Map<string, Lane>();

  /** @param shared what replicas share. @default there are none */
  constructor(clock: Clock, shared?: LaneState) {
    this.#clock = clock;
    this.#shared = shared;
    shared?.listen({
      news: (name, news) => {
        const lane = this.#lanes.get(name);
        if (lane) follow(lane, news);
      },
    });
  }

  /** Every lane that was used, for `status` and metrics. */
  get all(): readonly Lane[] {
    return [...this.#lanes.values()];
  }

  /**
   * @param concurrency requests at once; `null`: no limit. The first call for a name decides
   * @param key a hash of the key that stands there now: what another one met says nothing of it
   */
  lane(name: string, concurrency: number | null, key?: string): Lane {
    const lane = this.#lanes.get(name) ?? this.#open(name, concurrency ?? Infinity);
    if (lane.key !== undefined && lane.key !== key) lane.circuit.follow({ is: "closed" });
    lane.key = key;
    this.#lanes.delete(name);
    this.#lanes.set(name, lane);
    if (this.#lanes.size > MOST_LANES) this.#forget();
    return lane;
  }

  #open(name: string, limit: number): Lane {
    const [clock, shared] = [this.#clock, this.#shared];
    if (!shared) return { name, slots: new Slots(clock, limit), circuit: new Circuit(clock) };
    const tell = (news: LaneNews) => shared.tell(name, news);
    const share = (wake: () => void) => shared.leases(name, limit, wake);
    const slots = new Slots(clock, limit, { share, tell });
    const lane = { name, slots, circuit: new Circuit(clock, tell) };
    for (const news of shared.known(name)) follow(lane, news);
    return lane;
  }

  #forget(): void {
    for (const [name, { slots }] of this.#lanes) {
      if (slots.busy + slots.waiting > 0) continue;
      slots.end();
      this.#lanes.delete(name);
      return;
    }
  }
}

/** Another replica tells of a lane. */
function follow({ slots, circuit }: Lane, news: LaneNews): void {
  if (news.is === "paused") slots.follow(news.ms);
  else circuit.follow(news);
  if (news.is === "open" || news.is === "closed") slots.reconsider();
}
