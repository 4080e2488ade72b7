/**
 * The store in Redis or Valkey: one connection that asks, one that listens.
 *
 * Its rule: nothing is queued while there is no connection, and nothing is sent twice. `ioredis` was chosen over `redis`
 * (@redis/client): 200 KB of code instead of 435, 60 ms to load instead of 180, and only where `state` asks for it.
 *
 * @module
 */

import type { SecureContext } from "node:tls";
import type { Redis, RedisOptions } from "ioredis";
import { isObject, parseJson } from "../../base/json.ts";
import type { RedisAddress } from "../../base/state/redis_url.ts";
import type {
  KnownSum,
  LaneNews,
  LastingNews,
  LeaseRequest,
  Store,
  StoreEvents,
} from "../store.ts";
import { channelOf, LANES, leaseKeys, probeKeys, sumKey, valueKey } from "./keys.ts";
import { newsOf } from "./news.ts";
import { type ScriptName, SCRIPTS } from "./scripts.ts";

/** The longest wait for a connection, in milliseconds. */
const CONNECT_MS = 2_000;
/**
 * A connection that is silent for so long while an answer is due is given up, in milliseconds: one whose other end is gone without a
 * word would be asked for ever.
 */
const SILENT_MS = 2_000;
/** Between two attempts to connect, in milliseconds: longer each time. */
const RECONNECT_MS = 100;
const LONGEST_RECONNECT_MS = 1_000;

/** What a connection needs besides the address. */
export interface RedisDeps {
  /** The authorities that a certificate is verified against. @default the runtime's own */
  readonly secureContext?: () => SecureContext | undefined;
}

type Run = (keys: readonly string[], ...args: (string | number)[]) => Promise<unknown>;

/** Connects in the background. The library is loaded here, for those who want it. */
export async function openRedisStore(
  address: RedisAddress,
  { replica, events, secureContext }: RedisDeps & {
    readonly replica: string;
    readonly events: StoreEvents;
  },
): Promise<Store> {
  // A bundle knows no other name of a package in CommonJS
  const { default: { Redis } } = await import("ioredis");
  const options = optionsOf(address, secureContext?.());
  const client = new Redis(options);
  for (const [name, { keys, lua }] of Object.entries(SCRIPTS)) {
    client.defineCommand(name, { numberOfKeys: keys, lua });
  }
  return new RedisStore(client, new Redis(options), address.db, { replica, events });
}

function optionsOf(
  { host, port, db, username, password, tls }: RedisAddress,
  secureContext: SecureContext | undefined,
) {
  return {
    host,
    port,
    db,
    ...username !== undefined && { username },
    ...password !== undefined && { password },
    ...tls && { tls: secureContext ? { secureContext } : {} },
    connectionName: "codex-sidecar",
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    // After a failover the name leads elsewhere, while the connection to the old primary stays
    reconnectOnError: ({ message }: Error) => /^READONLY\b/.test(message),
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false, // a probe does it
    maxRetriesPerRequest: 0,
    retryStrategy: (times: number) => Math.min(times * RECONNECT_MS, LONGEST_RECONNECT_MS),
  } satisfies RedisOptions;
}

class RedisStore implements Store {
  readonly #client: Redis;
  readonly #listener: Redis;
  readonly #db: number;
  readonly #channel: string;
  readonly #replica: string;
  readonly #events: StoreEvents;

  constructor(
    client: Redis,
    listener: Redis,
    db: number,
    { replica, events }: { readonly replica: string; readonly events: StoreEvents },
  ) {
    this.#client = client;
    this.#listener = listener;
    this.#db = db;
    this.#channel = channelOf(db);
    this.#replica = replica;
    this.#events = events;
    for (const each of [client, listener]) {
      let why: Error | undefined;
      // An error is followed by a close, which tells it; without a listener it would be a bug that nobody caught
      each.on("error", (error: Error) => void (why = error));
      each.on("close", () => {
        events.lost(why ?? new TypeError("it closed the connection"));
        why = undefined;
      });
      each.on("ready", () => {
        if (this.#connected) events.ready();
      });
    }
    listener.on("message", (_channel: string, text: string) => this.#heard(text));
  }

  async connect(): Promise<void> {
    await Promise.all([this.#client.connect(), this.#listener.connect()]);
  }

  get #connected(): boolean {
    return this.#client.status === "ready" && this.#listener.status === "ready";
  }

  async probe(): Promise<void> {
    // The library asks for it when it connects, and stays in database 0 where it may not leave it
    if (this.#db !== 0) await this.#client.select(this.#db);
    await this.#listener.subscribe(this.#channel);
    await this.#run("sidecarProbe", probeKeys(), this.#channel);
  }

  async addSum(key: string, by: number, keep: number): Promise<number> {
    return Number(await this.#run("sidecarAddSum", [sumKey(key)], by, Math.ceil(keep)));
  }

  async mergeSums(sums: readonly KnownSum[]): Promise<readonly number[]> {
    const merged = sums.map(({ key, seen, owed, keep }) =>
      this.#run("sidecarMergeSum", [sumKey(key)], seen, owed, Math.ceil(keep))
    );
    return (await Promise.all(merged)).map(Number);
  }

  async takeLeases({ lane, limit, replica, ids, lasts, waits }: LeaseRequest): Promise<number> {
    const args = [this.#channel, lane, replica, limit, lasts, waits, ...ids];
    return Number(await this.#run("sidecarTakeLeases", leaseKeys(lane), ...args));
  }

  async keepLeases(lane: string, ids: readonly string[], lasts: number): Promise<void> {
    const [leases] = leaseKeys(lane);
    await this.#run("sidecarKeepLeases", [leases], lasts, ...ids);
  }

  async giveLease(lane: string, id: string): Promise<void> {
    const [leases, queue] = leaseKeys(lane);
    await this.#run("sidecarGiveLease", [leases, queue], this.#channel, lane, id);
  }

  async leaveQueue(lane: string, replica: string): Promise<void> {
    const [, queue, asked] = leaseKeys(lane);
    await this.#run("sidecarLeaveQueue", [queue, asked], this.#channel, lane, replica);
  }

  async tell(lane: string, news: LaneNews): Promise<void> {
    const message = JSON.stringify({ from: this.#replica, lane, news });
    const lasting = news.is === "open" || news.is === "closed"
      ? `open ${lane}`
      : news.is === "paused"
      ? `paused ${lane}`
      : "";
    const ms = "ms" in news ? Math.ceil(news.ms) : 0;
    const next = "next" in news ? Math.ceil(news.next) : 0;
    await this.#run("sidecarTell", [LANES], this.#channel, message, lasting, ms, next);
  }

  async told(): Promise<readonly { lane: string; news: LastingNews }[]> {
    const found = await this.#run("sidecarTold", [LANES]);
    if (!Array.isArray(found)) return [];
    const told: { lane: string; news: LastingNews }[] = [];
    for (let at = 0; at + 2 < found.length; at += 3) {
      const [, is, lane] = /^(open|paused) (.+)$/s.exec(String(found[at])) ?? [];
      if (lane === undefined) continue;
      const ms = Number(found[at + 1]);
      const news: LastingNews = is === "open"
        ? { is: "open", ms, next: Number(found[at + 2]) }
        : { is: "paused", ms };
      told.push({ lane, news });
    }
    return told;
  }

  async read(name: string): Promise<string | null> {
    return await this.#client.get(valueKey(name));
  }

  async keep(name: string, value: string, lasts: number): Promise<void> {
    await this.#client.set(valueKey(name), value, "PX", Math.ceil(lasts));
  }

  close(): void {
    for (const each of [this.#client, this.#listener]) {
      each.removeAllListeners("close");
      each.disconnect();
    }
  }

  /** Redis is sent a script's hash, and its text where it does not know the hash. */
  #run(name: ScriptName, keys: readonly string[], ...args: (string | number)[]): Promise<unknown> {
    const script: unknown = Reflect.get(this.#client, name);
    return (script as Run).call(this.#client, keys, ...args);
  }

  /** A message of another replica; what is not in a form that is known here comes from a newer one. */
  #heard(text: string): void {
    const message = parseJson(text);
    if (!isObject(message) || typeof message.lane !== "string") return;
    const { lane, turn, from } = message;
    if (turn === this.#replica) this.#events.turn(lane);
    if (turn !== undefined || from === this.#replica) return;
    const news = newsOf(message.news);
    if (news) this.#events.news(lane, news);
  }
}
