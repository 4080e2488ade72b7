/**
 * Slots that replicas share: a lease in the store for each request that is with a lane.
 *
 * Its rule: a lease is renewed as long as it is held, and ends by itself where its replica was killed. While the store is gone
 * every replica goes by its own limit; what it let in meanwhile has its lease when the store is back.
 *
 * @module
 */

import type { Clock, Random } from "../base/clock.ts";
import { LEASE_MS, OwnLeases } from "./lane_leases.ts";
import type { Link } from "./link.ts";
import type { LaneLeases } from "./state.ts";
import type { Store } from "./store.ts";

/** How often the leases that are held are renewed, in milliseconds. */
const RENEW_MS = LEASE_MS / 3;

/** What the leases need. */
interface LeaseDeps {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Pick<Random, "random">;
  readonly replica: string;
}

/** The leases of a replica. */
export class SharedLeases {
  readonly #deps: LeaseDeps;
  readonly #lanes = new Map<string, OwnLeases>();
  #cancelRenewal: (() => void) | undefined;
  #last = 0;

  constructor(deps: LeaseDeps) {
    this.#deps = deps;
    deps.link.onRecovery((store) => this.#renew(store));
    deps.link.onLoss(() => {
      for (const lane of this.#lanes.values()) lane.call();
    });
  }

  /** The leases of one lane. @param wake is called when it is worth asking again */
  of(lane: string, limit: number, wake: () => void): LaneLeases {
    const leases = new OwnLeases(lane, limit, {
      ...this.#deps,
      name: () => `${this.#deps.replica}:${++this.#last}`,
      wake,
      held: () => this.#renewLater(),
      end: () => {
        if (this.#lanes.get(lane) === leases) this.#lanes.delete(lane);
      },
    });
    this.#lanes.set(lane, leases);
    return leases;
  }

  /** It is this replica's turn to ask. */
  turn(lane: string): void {
    this.#lanes.get(lane)?.call();
  }

  close(): void {
    this.#cancelRenewal?.();
    for (const lane of this.#lanes.values()) lane.quit();
  }

  async #renew(store: Store): Promise<void> {
    const lanes = [...this.#lanes.values()].filter(({ idle }) => !idle);
    await Promise.all(lanes.map((lane) => lane.renew(store)));
  }

  /** One timer for all leases; none while there is nothing to do. */
  #renewLater(): void {
    this.#cancelRenewal ??= this.#deps.clock.after(RENEW_MS, () => {
      this.#cancelRenewal = undefined;
      for (const lane of this.#lanes.values()) lane.forgetLate();
      if ([...this.#lanes.values()].every(({ idle }) => idle)) return;
      this.#deps.link.tell((store) => this.#renew(store));
      this.#renewLater();
    });
  }
}
