/**
 * A Redis in memory on the test's clock: what `lib/state/redis/scripts.ts` does, for the logic above it. Both pass the same
 * tests (`tests/state/store_test.ts`).
 *
 * @module
 */

import type { Clock } from "../../../lib/base/clock.ts";
import type { LaneNews, LastingNews, Store, StoreEvents } from "../../../lib/state/store.ts";

interface Queue {
  readonly leases: Map<string, number>;
  /** Replicas that wait, in order, with the time when they asked last. */
  readonly waiting: Map<string, number>;
}

/** The store that all replicas of a test share. */
export class MemoryRedis {
  /** `gone`: every call is refused. `silent`: no call is answered. */
  is: "there" | "gone" | "silent" = "there";
  /** What a call says that is refused. */
  why = "connection refused";
  /** What answers to a question for leases wait for, once it was carried out. */
  delay: Promise<void> | undefined;
  sums = new Map<string, { sum: number; until: number }>();
  values = new Map<string, { value: string; until: number }>();
  queues = new Map<string, Queue>();
  lanes = new Map<string, { lane: string; news: LastingNews; until: number }>();
  /** Every call, by its name. */
  readonly calls: string[] = [];
  readonly #replicas = new Map<string, StoreEvents>();

  constructor(readonly clock: Clock) {}

  /** A connection of one replica. */
  open(replica: string, events: StoreEvents): Store {
    this.#replicas.set(replica, events);
    const call = <T>(name: string, run: () => T): Promise<T> => {
      this.calls.push(name);
      if (this.is === "silent") return new Promise(() => {});
      if (this.is === "gone") return Promise.reject(new TypeError(this.why));
      const { delay } = this;
      // Asynchronous, as a network is
      return Promise.resolve().then(run).then(async (got) => {
        if (name === "takeLeases") await delay;
        return got;
      });
    };
    return {
      connect: () => call("connect", () => {}),
      probe: () => call("probe", () => {}),
      addSum: (key, by, keep) => call("addSum", () => this.#add(key, by, keep)),
      mergeSums: (sums) =>
        call("mergeSums", () =>
          sums.map(({ key, seen, owed, keep }) => {
            const missing = Math.max(0, seen - this.#add(key, 0, keep));
            return this.#add(key, missing + owed, keep);
          })),
      takeLeases: ({ lane, limit, replica, ids, lasts, waits }) =>
        call("takeLeases", () => {
          const { leases, waiting } = this.#queue(lane);
          const now = this.clock.now();
          for (const [each, asked] of waiting) if (asked <= now - waits) waiting.delete(each);
          const place = [...waiting.keys()].indexOf(replica);
          const others = waiting.size - (place < 0 ? 0 : 1);
          const free = limit - leases.size;
          const may = free - (place < 0 ? waiting.size : place);
          const granted = Math.max(0, Math.min(ids.length, may, others > 0 ? 1 : Infinity));
          for (const id of ids.slice(0, granted)) leases.set(id, now + lasts);
          if (granted > 0 || granted === ids.length) waiting.delete(replica);
          if (granted < ids.length) waiting.set(replica, now);
          if (free - granted > 0) this.#callFirst(lane, replica);
          return granted;
        }),
      keepLeases: (lane, ids, lasts) =>
        call("keepLeases", () => {
          for (const id of ids) this.#queue(lane).leases.set(id, this.clock.now() + lasts);
        }),
      giveLease: (lane, id) =>
        call("giveLease", () => {
          this.#queue(lane).leases.delete(id);
          this.#callFirst(lane);
        }),
      leaveQueue: (lane, replica) =>
        call("leaveQueue", () => {
          this.#queue(lane).waiting.delete(replica);
          this.#callFirst(lane);
        }),
      tell: (lane, news) => call("tell", () => this.#tell(replica, lane, news)),
      told: () =>
        call("told", () =>
          [...this.lanes.values()].flatMap(({ lane, news, until }) => {
            const ms = until - this.clock.now();
            return ms > 0 ? [{ lane, news: { ...news, ms } }] : [];
          })),
      read: (name) => call("read", () => this.values.get(name)?.value ?? null),
      keep: (name, value, lasts) =>
        call("keep", () => {
          this.values.set(name, { value, until: this.clock.now() + lasts });
        }),
      close: () => void this.#replicas.delete(replica),
    };
  }

  /** Everything is forgotten, as after a restart without a file. */
  forget(): void {
    for (const map of [this.sums, this.values, this.queues, this.lanes]) map.clear();
  }

  /** The connections break, or can be made again. */
  turn(is: MemoryRedis["is"]): void {
    this.is = is;
    for (const events of this.#replicas.values()) {
      if (is === "gone") events.lost(new TypeError("it closed the connection"));
      if (is === "there") events.ready();
    }
  }

  /** Requests that have a lease of a lane. */
  leases(lane: string): number {
    return this.#queue(lane).leases.size;
  }

  #add(key: string, by: number, keep: number): number {
    const now = this.clock.now();
    const known = this.sums.get(key);
    const kept = known && known.until > now ? known : { sum: 0, until: now + keep };
    kept.sum += by;
    if (by > 0) this.sums.set(key, kept);
    return kept.sum;
  }

  #queue(lane: string): Queue {
    const queue = this.queues.get(lane) ?? { leases: new Map(), waiting: new Map() };
    this.queues.set(lane, queue);
    for (const [id, until] of queue.leases) {
      if (until <= this.clock.now()) queue.leases.delete(id);
    }
    return queue;
  }

  #callFirst(lane: string, besides?: string): void {
    const [first] = this.#queue(lane).waiting.keys();
    if (first === undefined || first === besides) return;
    queueMicrotask(() => this.#replicas.get(first)?.turn(lane));
  }

  #tell(from: string, lane: string, news: LaneNews): void {
    if (news.is === "closed") this.lanes.delete(`open ${lane}`);
    if (news.is === "open" || news.is === "paused") {
      this.lanes.set(`${news.is} ${lane}`, { lane, news, until: this.clock.now() + news.ms });
    }
    for (const [replica, events] of this.#replicas) {
      if (replica !== from) queueMicrotask(() => events.news(lane, news));
    }
  }
}
