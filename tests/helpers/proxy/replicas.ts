/**
 * Replicas of one process each on the test's clock: lanes and what they share in a Redis in memory.
 *
 * @module
 */

import { openState } from "../../../lib/state/open.ts";
import type { SharedState } from "../../../lib/state/state.ts";
import { Lanes } from "../../../lib/upstream/pool/lanes.ts";
import { FakeClock, seededRandom } from "../clock/fake_clock.ts";
import { MemoryRedis } from "./memory_store.ts";

/** One replica. */
export interface Replica {
  readonly state: SharedState;
  readonly lanes: Lanes;
  /** What it said in its log. */
  readonly said: string[];
}

/** A Redis and the clock of all who share it. */
export interface ReplicaWorld {
  readonly clock: FakeClock;
  readonly redis: MemoryRedis;
  open(): Promise<Replica>;
  /** Ends all of them. */
  close(): void;
}

/** A world without replicas. */
export function replicaWorld(): ReplicaWorld {
  const clock = new FakeClock();
  const redis = new MemoryRedis(clock);
  const all: Replica[] = [];
  return {
    clock,
    redis,
    async open() {
      const said: string[] = [];
      const random = seededRandom(all.length + 1);
      const state = openState((replica, events) => Promise.resolve(redis.open(replica, events)), {
        clock,
        random,
        title: "Redis at 127.0.0.1:6379",
        secrets: ["hunter22"],
        say: (level, sentence) => void said.push(`${level}: ${sentence}`),
      });
      await clock.advance(1_000); // a start that waits for it ends after a second
      const replica = { state: await state, lanes: new Lanes(clock, (await state).lanes), said };
      all.push(replica);
      return replica;
    },
    close() {
      for (const { state } of all) state.close();
    },
  };
}
