/**
 * The leases of one lane, as one replica has them.
 *
 * Its rule: a lease that was asked for in vain is asked for again, when this replica is called or after a second.
 *
 * @module
 */

import type { Clock, Random } from "../base/clock.ts";
import type { Link } from "./link.ts";
import type { LaneLeases, Lease } from "./state.ts";

/** How long a lease lasts that is not renewed, in milliseconds. */
export const LEASE_MS = 15_000;
/** How often a replica that waits asks again where nobody calls it, in milliseconds, up to a quarter longer. */
const ASK_MS = 1_000;
/** After so many milliseconds without asking, a replica has left the queue. */
const QUEUE_MS = 3 * ASK_MS;

/** What the leases of a lane need. */
export interface LaneLeasesDeps {
  readonly link: Link;
  readonly clock: Clock;
  readonly random: Pick<Random, "random">;
  readonly replica: string;
  /** A name for a lease that no other has. */
  name(): string;
  /** It is worth asking again. */
  wake(): void;
  /** A lease is held from now on. */
  held(): void;
  /** The lane is forgotten. */
  end(): void;
}

/** The leases of one lane. */
export class OwnLeases implements LaneLeases {
  /** The names of those that are held. */
  readonly held = new Set<string>();
  readonly #deps: LaneLeasesDeps;
  readonly #limit: number;
  #cancelTimer: (() => void) | undefined;
  /** Whether the store has this replica in its queue. */
  #queued = false;
  /** How often this replica was called. */
  #calls = 0;

  constructor(readonly lane: string, limit: number, deps: LaneLeasesDeps) {
    this.#limit = limit;
    this.#deps = deps;
  }

  async take(wanted: number): Promise<readonly Lease[]> {
    const { link, replica } = this.#deps;
    const ids = Array.from({ length: wanted }, () => this.#deps.name());
    const [lane, limit] = [this.lane, this.#limit];
    const request = { lane, limit, replica, ids, lasts: LEASE_MS, waits: QUEUE_MS };
    this.#stopTimer();
    const calls = this.#calls;
    const granted = await link.ask((store) => store.takeLeases(request));
    this.#queued = granted !== undefined && granted < wanted;
    // Called while it asked: the answer may be older than the call
    if (this.#queued) this.#askIn(this.#calls === calls ? ASK_MS : 0);
    return ids.slice(0, granted ?? wanted).map((id) => this.#lease(id));
  }

  /** The store calls this replica, or is gone: those who wait go by this replica's own limit. */
  call(): void {
    this.#calls++;
    if (this.#cancelTimer) this.#deps.wake();
  }

  quit(): void {
    this.#stopTimer();
    if (!this.#queued) return;
    this.#queued = false;
    const { link, replica } = this.#deps;
    if (link.up) link.tell((store) => store.leaveQueue(this.lane, replica));
  }

  end(): void {
    this.quit();
    this.#deps.end();
  }

  #lease(id: string): Lease {
    this.held.add(id);
    this.#deps.held();
    return {
      give: () => {
        const { link } = this.#deps;
        if (this.held.delete(id) && link.up) link.tell((store) => store.giveLease(this.lane, id));
      },
    };
  }

  #askIn(ms: number): void {
    const { clock, random, wake } = this.#deps;
    this.#cancelTimer = clock.after(ms * (1 + random.random() / 4), () => {
      this.#cancelTimer = undefined;
      wake();
    });
  }

  #stopTimer(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
