/**
 * Sums that replicas share.
 *
 * Its rule: while the store is gone a replica goes on from what it has seen last, and adds what it counted meanwhile when the
 * store is back. So no sum is lost with a store that forgets, gone or not, as long as one replica has seen it.
 *
 * @module
 */

import { type Clock, yieldTurn } from "../base/clock.ts";
import { type Counters, MOST_SUMS } from "./counters.ts";
import type { Link } from "./link.ts";
import type { Store } from "./store.ts";

/** Most that is added at once; no answer costs more tokens. */
const MOST_AT_ONCE = 1e12;
/** Sums that are merged in one call. */
const BATCH = 256;

interface Sum {
  /** What the store said last. */
  seen: number;
  /** What was added and is not in the store. */
  owed: number;
  until: number;
}

/** The sums of all replicas, as one of them knows them. */
export class SharedCounters implements Counters {
  readonly #link: Link;
  readonly #clock: Pick<Clock, "now">;
  /** The one that was used longest ago is first. */
  readonly #sums = new Map<string, Sum>();

  constructor(link: Link, clock: Pick<Clock, "now">) {
    this.#link = link;
    this.#clock = clock;
    link.onRecovery((store) => this.#merge(store));
  }

  async add(key: string, by: number, keep: number): Promise<number> {
    const sum = this.#sum(key, keep);
    const { seen } = sum;
    // What a provider counts is anything: the store takes whole numbers, and their sum must stay one
    const sent = sum.owed + Math.min(Math.round(by), MOST_AT_ONCE);
    sum.owed = 0;
    const told = await this.#link.ask(async (store) => {
      const told = await store.addSum(key, sent, keep);
      if (told >= seen + sent) return told;
      // It has forgotten the sum: flushed, evicted, or over by the clock of another replica
      const [merged = told] = await store.mergeSums([{ key, seen: seen + sent, owed: 0, keep }]);
      return merged;
    });
    if (told === undefined) sum.owed += sent;
    else sum.seen = Math.max(sum.seen, told);
    return (told ?? sum.seen) + sum.owed;
  }

  #sum(key: string, keep: number): Sum {
    const now = this.#clock.now();
    const sum = this.#sums.get(key) ?? { seen: 0, owed: 0, until: now + keep };
    this.#sums.delete(key);
    this.#sums.set(key, sum);
    for (const [oldest, { until }] of this.#sums) {
      if (oldest === key || (until > now && this.#sums.size <= MOST_SUMS)) break;
      this.#sums.delete(oldest);
    }
    return sum;
  }

  async #merge(store: Store): Promise<void> {
    const now = this.#clock.now();
    const known = [...this.#sums].filter(([, { until }]) => until > now);
    const merging: Promise<void>[] = [];
    for (let at = 0; at < known.length; at += BATCH) {
      // All are on their way at once, however far the store is, and others have their turn between two batches
      const one = this.#mergeSome(store, known.slice(at, at + BATCH), now);
      one.catch(() => {}); // told below, when all have gone out
      merging.push(one);
      if (at + BATCH < known.length) await yieldTurn();
    }
    await Promise.all(merging);
  }

  async #mergeSome(store: Store, some: readonly [string, Sum][], now: number): Promise<void> {
    const sent = some.map(([key, { seen, owed, until }]) => ({
      key,
      seen,
      owed,
      keep: until - now,
    }));
    const merged = await store.mergeSums(sent);
    some.forEach(([, sum], at) => {
      sum.owed -= sent[at]?.owed ?? 0;
      sum.seen = Math.max(sum.seen, merged[at] ?? 0);
    });
  }
}
