/**
 * Leases before the slots of a lane: what other replicas leave to this one.
 *
 * Its rule: it asks once at a time, for as many as may go, and keeps no lease that nobody here can use at once.
 *
 * @module
 */

import type { LaneLeases, Lease } from "../../state/state.ts";

/** The gate of one lane. */
export class LeaseGate {
  readonly #leases: LaneLeases;
  /** Lets those in who may go. */
  readonly #advance: () => void;
  /** Leases that no request has taken yet. */
  readonly #unused: Lease[] = [];
  #asking = false;
  #refused = false;

  /** @param share opens the leases @param advance is called when more requests may go */
  constructor(share: (wake: () => void) => LaneLeases, advance: () => void) {
    this.#advance = advance;
    this.#leases = share(() => {
      this.#refused = false;
      advance();
    });
  }

  /** Whether the last lease was refused, and it is not worth asking again. */
  get refused(): boolean {
    return this.#refused;
  }

  /** Whether there is a lease for the next request. */
  get open(): boolean {
    return this.#unused.length > 0;
  }

  /** Whether the store is asked, so that nobody knows yet who has to wait. */
  get asking(): boolean {
    return this.#asking;
  }

  /** The lease of the request that goes. */
  take(): Lease | undefined {
    return this.#unused.pop();
  }

  /** Asks for leases. @param refused is called where there are less */
  async ask(wanted: number, refused: () => void): Promise<void> {
    if (this.#asking || this.#refused) return;
    this.#asking = true;
    const got = await this.#leases.take(wanted);
    this.#asking = false;
    this.#unused.push(...got);
    this.#refused = got.length < wanted;
    this.#advance();
    if (this.#refused) refused();
  }

  /** Nobody can go now: what is not used is given back. */
  rest(): void {
    for (const lease of this.#unused.splice(0)) lease.give();
    if (this.#asking) return;
    this.#leases.quit();
    this.#refused = false;
  }

  /** The lane is forgotten. */
  end(): void {
    this.#leases.end();
  }
}
