/**
 * The place that replicas share, by what can be done there. Redis is one (`redis/`); tests have another in memory.
 *
 * Its rule: every operation is one step that happens as a whole, and may reject. Who calls it bounds the wait and knows what
 * to do without (`link.ts`). No secret and no text of a conversation is given to it.
 *
 * @module
 */

/** A sum as one replica knows it. */
export interface KnownSum {
  readonly key: string;
  /** The last sum that was read from the store. */
  readonly seen: number;
  /** What was added since, and is not in the store. */
  readonly owed: number;
  /** Milliseconds for which it must be kept. */
  readonly keep: number;
}

/** What a replica asks for at the slots of a lane. */
export interface LeaseRequest {
  readonly lane: string;
  /** Leases at once, over all replicas. */
  readonly limit: number;
  readonly replica: string;
  /** Names of the leases that it would like to have, all different. */
  readonly ids: readonly string[];
  /** Milliseconds after which a lease that is not renewed is free. */
  readonly lasts: number;
  /** Milliseconds after which a replica that does not ask again has left the queue. */
  readonly waits: number;
}

/** What one replica tells the others of a lane. */
export type LaneNews =
  /** Nobody asks for `ms`; the next time it is `next` milliseconds, where nobody names a time. */
  | { readonly is: "open"; readonly ms: number; readonly next: number }
  /** It answers again. */
  | { readonly is: "closed" }
  /** One request tries it, or has left without a word. */
  | { readonly is: "probing" }
  | { readonly is: "left" }
  /** Its queue waits for `ms`. */
  | { readonly is: "paused"; readonly ms: number };

/** News that last: what a replica must know that starts later. */
export type LastingNews = Extract<LaneNews, { readonly is: "open" | "paused" }>;

/** Where a store's own events go. */
export interface StoreEvents {
  /** It can be asked again. */
  ready(): void;
  /** The connection is gone. */
  lost(error: Error): void;
  /** Another replica tells of a lane. */
  news(lane: string, news: LaneNews): void;
  /** A slot of a lane is free, and it is this replica's turn to ask. */
  turn(lane: string): void;
}

/** The shared place. */
export interface Store {
  /** Connects for the first time; afterwards it does so by itself, whatever came of it. Call it once. */
  connect(): Promise<void>;
  /** Does once what all operations need, writing included. Rejects where any of them would. */
  probe(): Promise<void>;
  /** Adds to a sum and returns it. */
  addSum(key: string, by: number, keep: number): Promise<number>;
  /** Makes each sum as high as this replica has seen it, adds what it owes, and returns them in order. */
  mergeSums(sums: readonly KnownSum[]): Promise<readonly number[]>;
  /** Takes as many leases as this replica may have now, the first ones of `ids`; where that is not all, it queues. */
  takeLeases(request: LeaseRequest): Promise<number>;
  /** Makes leases last from now on, those too that the store has forgotten. */
  keepLeases(lane: string, ids: readonly string[], lasts: number): Promise<void>;
  giveLease(lane: string, id: string): Promise<void>;
  /** The replica does not wait for a lease any more. */
  leaveQueue(lane: string, replica: string): Promise<void>;
  /** Tells the other replicas, and keeps what lasts. */
  tell(lane: string, news: LaneNews): Promise<void>;
  /** Everything that lasts still, with the time that is left of it. */
  told(): Promise<readonly { readonly lane: string; readonly news: LastingNews }[]>;
  /** What was kept under a name; `null` where nothing is. */
  read(name: string): Promise<string | null>;
  keep(name: string, value: string, lasts: number): Promise<void>;
  /** Closes its connections at once. */
  close(): void;
}
