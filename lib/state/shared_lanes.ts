/**
 * What replicas tell each other of lanes: a circuit that opened or closed, a limit that was met.
 *
 * Its rule: it only tells. A replica that heard nothing finds out by itself, with one request. What is told while the store is
 * gone is told when it is back, as far as it lasts still.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Link } from "./link.ts";
import type { SharedLeases } from "./shared_leases.ts";
import type { LaneLeases, LaneListener, LaneState } from "./state.ts";
import type { LaneNews, Store } from "./store.ts";

/** Lanes whose news are kept; those heard of longest ago are forgotten first. */
const MOST_LANES = 1_024;

interface Kept {
  readonly lane: string;
  readonly news: LaneNews;
  /** When it is over, in milliseconds on the clock; a moment ago for what does not last. */
  readonly until: number;
}

/** The lanes of all replicas, as one of them knows them. */
export class SharedLanes implements LaneState {
  readonly #link: Link;
  readonly #clock: Pick<Clock, "now">;
  readonly #leases: SharedLeases;
  readonly #kept = new Map<string, Kept>();
  /** What the others have not been told. */
  readonly #untold = new Map<string, Kept>();
  #listener: LaneListener | undefined;

  constructor(link: Link, leases: SharedLeases, clock: Pick<Clock, "now">) {
    this.#link = link;
    this.#leases = leases;
    this.#clock = clock;
    link.onRecovery((store) => this.#exchange(store));
  }

  leases(lane: string, limit: number, wake: () => void): LaneLeases {
    return this.#leases.of(lane, limit, wake);
  }

  listen(listener: LaneListener): void {
    this.#listener = listener;
  }

  tell(lane: string, news: LaneNews): void {
    const kept = this.#keep(this.#kept, lane, news);
    void this.#link.ask(async (store) => {
      await store.tell(lane, news);
      return true;
    }).then((told) => {
      if (told === undefined && kept) this.#keep(this.#untold, lane, news);
    });
  }

  known(lane: string): readonly LaneNews[] {
    return ["open", "paused"].flatMap((what) => this.#left(this.#kept.get(`${what} ${lane}`)));
  }

  /** Another replica tells. */
  heard(lane: string, news: LaneNews): void {
    this.#keep(this.#kept, lane, news);
    this.#listener?.news(lane, news);
  }

  /** @returns nothing where the news do not last */
  #keep(kept: Map<string, Kept>, lane: string, news: LaneNews): Kept | undefined {
    if (news.is === "probing" || news.is === "left") return undefined;
    const name = `${news.is === "paused" ? "paused" : "open"} ${lane}`;
    const one = { lane, news, until: this.#clock.now() + ("ms" in news ? news.ms : 0) };
    kept.delete(name);
    kept.set(name, one);
    const [oldest] = kept.keys();
    if (kept.size > 2 * MOST_LANES && oldest !== undefined) kept.delete(oldest);
    return one;
  }

  #left(kept: Kept | undefined): LaneNews[] {
    if (!kept || !("ms" in kept.news)) return [];
    const ms = kept.until - this.#clock.now();
    return ms > 0 ? [{ ...kept.news, ms }] : [];
  }

  /** The store is back: hears what others told meanwhile, and tells what they have not heard. */
  async #exchange(store: Store): Promise<void> {
    for (const { lane, news } of await store.told()) {
      if (!this.#untold.has(`${news.is} ${lane}`)) this.heard(lane, news);
    }
    const telling = [...this.#untold].map(async ([name, kept]) => {
      const left = kept.news.is === "closed" ? [kept.news] : this.#left(kept);
      for (const news of left) await store.tell(kept.lane, news);
      if (this.#untold.get(name) === kept) this.#untold.delete(name);
    });
    await Promise.all(telling);
  }
}
