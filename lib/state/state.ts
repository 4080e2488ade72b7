/**
 * What replicas share, and nothing else: sums of users, slots of lanes, what happened to lanes, and where threads are.
 *
 * Its rule: nothing here rejects or waits long. Without a shared state (`state: memory`) there is none of these objects, and
 * the data path waits for nothing.
 *
 * @module
 */

import type { StateHealth } from "../base/state/health.ts";
import type { Counters } from "./counters.ts";
import type { LaneNews } from "./store.ts";

/** A slot that one request has of all that replicas share. */
export interface Lease {
  /** Gives it back; call it once. */
  give(): void;
}

/** The slots of one lane. */
export interface LaneLeases {
  /** Asks for leases. @returns as many as this replica may have now, `wanted` at most; where the store is gone, all of them */
  take(wanted: number): Promise<readonly Lease[]>;
  /** Nobody waits here any more. */
  quit(): void;
  /** The lane is forgotten. */
  end(): void;
}

/** Whom a replica tells what happened to a lane. */
export interface LaneListener {
  /** A replica tells it. */
  news(lane: string, news: LaneNews): void;
}

/** What replicas know of lanes. */
export interface LaneState {
  /** The slots of a lane. @param wake is called when it is worth asking again */
  leases(lane: string, limit: number, wake: () => void): LaneLeases;
  /** Tells the others. */
  tell(lane: string, news: LaneNews): void;
  /** What the others told of a lane that holds still, for one that was not used here before. */
  known(lane: string): readonly LaneNews[];
  /** From now on the news of others go there. */
  listen(listener: LaneListener): void;
}

/** Where a thread is. */
export interface SharedStay {
  /** The upstream that answered, with its model: the name of a candidate. */
  readonly candidate: string;
  /** Which of its keys, from 0. */
  readonly key: number;
  /** Until when it stays there although somebody else is asked for, in milliseconds since the epoch; 0: no longer. */
  readonly until: number;
}

/** Where the threads of all replicas are. */
export interface ThreadState {
  /** Where a thread is; `undefined` where nobody knows. */
  read(thread: string): Promise<SharedStay | undefined>;
  /** Returns at once. */
  write(thread: string, stay: SharedStay): void;
}

/** Everything that replicas share. */
export interface SharedState {
  readonly counters: Counters;
  readonly lanes: LaneState;
  readonly threads: ThreadState;
  readonly health: StateHealth;
  /** Gives back what is held, and closes the connections. */
  close(): void;
}
