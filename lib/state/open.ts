/**
 * Opens the state that replicas share.
 *
 * Its rule: a store that does not answer holds nobody up: the sidecar starts after a second at most, and goes by its own limits.
 *
 * @module
 */

import type { Clock, Random } from "../base/clock.ts";
import { Link } from "./link.ts";
import { type RedisAddress, redisTitle } from "../base/state/redis_url.ts";
import { secretsOf } from "./reason.ts";
import { openRedisStore, type RedisDeps } from "./redis/redis_store.ts";
import { SharedCounters } from "./shared_counters.ts";
import { SharedLanes } from "./shared_lanes.ts";
import { SharedLeases } from "./shared_leases.ts";
import { SharedThreads } from "./shared_threads.ts";
import type { SharedState } from "./state.ts";
import type { Store, StoreEvents } from "./store.ts";

/** The longest that a start waits for the store, in milliseconds. */
const START_MS = 1_000;

/** What the shared state needs of the outside world. */
export interface StateDeps {
  readonly clock: Clock;
  readonly random: Random;
  /** Is given each sentence for the log. */
  say(level: "info" | "warning", sentence: string): void;
}

/** Opens it in Redis. */
export async function openRedisState(
  address: RedisAddress,
  { secureContext, ...deps }: StateDeps & RedisDeps,
): Promise<SharedState> {
  const secrets = secretsOf(address);
  const open = (replica: string, events: StoreEvents) =>
    openRedisStore(address, { replica, events, ...secureContext && { secureContext } });
  return await openState(open, { ...deps, title: redisTitle(address), secrets });
}

/** Opens it in any store. */
export async function openState(
  open: (replica: string, events: StoreEvents) => Promise<Store>,
  deps: StateDeps & { readonly title: string; readonly secrets: readonly string[] },
): Promise<SharedState> {
  const { clock, random, title } = deps;
  const replica = random.id();
  const store = await open(replica, {
    ready: () => link.probe(),
    lost: (error) => link.lost(error),
    news: (lane, news) => lanes.heard(lane, news),
    turn: (lane) => leases.turn(lane),
  });
  const link = new Link(store, deps);
  const leases = new SharedLeases({ link, clock, random, replica });
  const lanes = new SharedLanes(link, leases, clock);
  const state: SharedState = {
    counters: new SharedCounters(link, clock),
    lanes,
    threads: new SharedThreads(link),
    get health() {
      return { title, ...link.health };
    },
    close() {
      leases.close();
      link.close();
    },
  };
  store.connect().then(() => link.probe(), (error) => link.lost(error));
  let cancel = () => {};
  const late = new Promise<void>((resolve) => cancel = clock.after(START_MS, resolve));
  await Promise.race([link.tried, late]);
  cancel();
  return state;
}
