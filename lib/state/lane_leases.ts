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
import type { Store } from "./store.ts";

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
  /** There is something to renew, or to give back, from now on. */
  held(): void;
  /** The lane is forgotten. */
  end(): void;
}

/** The leases of one lane. */
export class OwnLeases implements LaneLeases {
  /** The names of those that are held. */
  readonly held = new Set<string>();
  /** Those that were given back while the store was gone, which may have them still; and when they end by themselves. */
  readonly #late = new Map<string, number>();
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
        const { link, clock, held } = this.#deps;
        if (!this.held.delete(id)) return;
        if (link.up) return link.tell((store) => store.giveLease(this.lane, id));
        this.forgetLate();
        this.#late.set(id, clock.now() + LEASE_MS);
        held();
      },
    };
  }

  /** Whether there is something to renew, or to give back. */
  get idle(): boolean {
    return this.held.size === 0 && this.#late.size === 0;
  }

  /** The store is there: renews what is held, and gives back what it did not hear of. */
  async renew(store: Store): Promise<void> {
    if (this.held.size > 0) await store.keepLeases(this.lane, [...this.held], LEASE_MS);
    this.forgetLate();
    const late = [...this.#late.keys()];
    this.#late.clear();
    await Promise.all(late.map((id) => store.giveLease(this.lane, id)));
  }

  /** Forgets those that have ended by themselves. */
  forgetLate(): void {
    const now = this.#deps.clock.now();
    for (const [id, until] of this.#late) {
      if (until > now) return;
      this.#late.delete(id);
    }
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
