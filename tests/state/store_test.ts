/** What a store promises: the one of the tests, and a real Redis by its scripts, held to the same words. */

import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import { parseRedisUrl, type RedisAddress } from "../../lib/base/state/redis_url.ts";
import { openRedisStore } from "../../lib/state/redis/redis_store.ts";
import type { Store, StoreEvents } from "../../lib/state/store.ts";
import { MemoryRedis } from "../helpers/proxy/memory_store.ts";
import { redisHere, redisWords, startRedis } from "../helpers/peers/redis.ts";
import { until } from "../e2e/gated.ts";

/** One replica at the store, and what it heard. */
interface Replica {
  readonly store: Store;
  readonly heard: string[];
}

interface World extends AsyncDisposable {
  replica(name: string): Promise<Replica>;
}

const LANE = "mimo key 1";
const ask = { lane: LANE, limit: 2, lasts: 15_000, waits: 3_000 };

function events(heard: string[]): StoreEvents {
  return {
    ready() {},
    lost() {},
    news: (lane, news) => void heard.push(`${lane}: ${JSON.stringify(news)}`),
    turn: (lane) => void heard.push(`${lane}: turn`),
  };
}

function memory(): Promise<World> {
  const redis = new MemoryRedis(systemClock);
  return Promise.resolve({
    replica: (name) => {
      const heard: string[] = [];
      return Promise.resolve({ store: redis.open(name, events(heard)), heard });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  });
}

async function real(): Promise<World> {
  const redis = await startRedis();
  const stores: Store[] = [];
  return {
    async replica(name) {
      const heard: string[] = [];
      const address = parseRedisUrl(redis.url) as RedisAddress;
      const store = await openRedisStore(address, { replica: name, events: events(heard) });
      stores.push(store);
      await store.connect();
      await store.probe();
      return { store, heard };
    },
    async [Symbol.asyncDispose]() {
      for (const store of stores) store.close();
      await redis.kill();
    },
  };
}

/** Each promise, by its words. */
const promises: Record<string, (world: World) => Promise<void>> = {
  "sums add up over replicas, and reading adds nothing": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    assert.equal(await a.store.addSum("tokens:alice:1", 0, 60_000), 0);
    assert.equal(await a.store.addSum("tokens:alice:1", 40, 60_000), 40);
    assert.equal(await b.store.addSum("tokens:alice:1", 2, 60_000), 42);
    assert.equal(await a.store.addSum("tokens:alice:1", 0, 60_000), 42);
    assert.equal(await a.store.addSum("tokens:alice:2", 1, 60_000), 1);
    assert.equal(await a.store.addSum("tokens:alice:1", 1e12, 60_000), 1e12 + 42);
  },

  "a store that forgot a sum has it back from those who saw it, each with what it owes": async (
    world,
  ) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    const known = { key: "tokens:alice:1", seen: 100, keep: 60_000 };
    assert.deepEqual(await a.store.mergeSums([{ ...known, owed: 5 }]), [105]);
    assert.deepEqual(await b.store.mergeSums([{ ...known, owed: 7 }]), [112]);
    assert.deepEqual(await b.store.mergeSums([{ ...known, seen: 90, owed: 0 }]), [112]);
    assert.equal(await a.store.addSum("tokens:alice:1", 0, 60_000), 112);
  },

  "never more leases than the limit, and the first who waits is called": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    const take = ({ store }: Replica, replica: string, ...ids: string[]) =>
      store.takeLeases({ ...ask, replica, ids });
    assert.equal(await take(a, "a", "a1", "a2", "a3"), 2);
    assert.equal(await take(b, "b", "b1"), 0);
    await a.store.giveLease(LANE, "a1");
    await until(() => a.heard.includes(`${LANE}: turn`));
    assert.deepEqual(b.heard, []);
    assert.equal(await take(b, "b", "b1"), 0, "it is the turn of a");
    assert.equal(await take(a, "a", "a3"), 1);
    await a.store.giveLease(LANE, "a2");
    await until(() => b.heard.includes(`${LANE}: turn`));
    assert.equal(await take(b, "b", "b1"), 1);
    assert.equal(await take(b, "b", "b2"), 0);
  },

  "while others wait, a replica gets one lease and goes to the end": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    const take = ({ store }: Replica, replica: string, ...ids: string[]) =>
      store.takeLeases({ ...ask, limit: 3, replica, ids });
    assert.equal(await take(b, "b", "b1", "b2", "b3"), 3);
    assert.equal(await take(a, "a", "a1", "a2"), 0);
    assert.equal(await take(b, "b", "b4", "b5"), 0);
    await b.store.giveLease(LANE, "b1");
    await b.store.giveLease(LANE, "b2");
    assert.equal(await take(a, "a", "a1", "a2"), 1, "one of two, since b waits");
    assert.equal(await take(a, "a", "a2"), 0, "it is the turn of b");
    assert.equal(await take(b, "b", "b4", "b5"), 1);
  },

  "who leaves the queue holds nobody up": async (world) => {
    const [a, b, c] = [
      await world.replica("a"),
      await world.replica("b"),
      await world.replica("c"),
    ];
    const take = ({ store }: Replica, replica: string, ...ids: string[]) =>
      store.takeLeases({ ...ask, limit: 1, replica, ids });
    assert.equal(await take(a, "a", "a1"), 1);
    assert.equal(await take(b, "b", "b1"), 0);
    assert.equal(await take(c, "c", "c1"), 0);
    await a.store.giveLease(LANE, "a1");
    await b.store.leaveQueue(LANE, "b");
    await until(() => c.heard.includes(`${LANE}: turn`));
    assert.equal(await take(c, "c", "c1"), 1);
  },

  "a lease that is not renewed ends, and one that is forgotten comes back": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    const short = { ...ask, limit: 1, lasts: 1_000 };
    assert.equal(await a.store.takeLeases({ ...short, replica: "a", ids: ["a1"] }), 1);
    const take = () => b.store.takeLeases({ ...ask, limit: 1, replica: "b", ids: ["b1"] });
    assert.equal(await take(), 0);
    await until(async () => await take() === 1);
    await a.store.keepLeases(LANE, ["a1"], 15_000);
    await b.store.giveLease(LANE, "b1");
    assert.equal(await b.store.takeLeases({ ...ask, limit: 1, replica: "b", ids: ["b2"] }), 0);
  },

  "a replica that does not ask again leaves the queue": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    const short = { ...ask, limit: 1, waits: 300 };
    assert.equal(await a.store.takeLeases({ ...short, replica: "a", ids: ["a1"] }), 1);
    assert.equal(await a.store.takeLeases({ ...short, replica: "a", ids: ["a2"] }), 0);
    await wait(400);
    await a.store.giveLease(LANE, "a1");
    assert.equal(await b.store.takeLeases({ ...short, replica: "b", ids: ["b1"] }), 1);
  },

  "news reach the others and not the one who tells; what lasts is known later": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    await a.store.tell(LANE, { is: "open", ms: 30_000, next: 60_000 });
    await a.store.tell(LANE, { is: "paused", ms: 20_000 });
    await a.store.tell("kimi", { is: "open", ms: 30_000, next: 60_000 });
    await a.store.tell("kimi", { is: "probing" });
    await a.store.tell("kimi", { is: "left" });
    await a.store.tell("kimi", { is: "closed" });
    await a.store.tell("glm", { is: "open", ms: 1, next: 60_000 });
    await until(() => b.heard.length === 7);
    assert.deepEqual(b.heard, [
      `${LANE}: {"is":"open","ms":30000,"next":60000}`,
      `${LANE}: {"is":"paused","ms":20000}`,
      `kimi: {"is":"open","ms":30000,"next":60000}`,
      `kimi: {"is":"probing"}`,
      `kimi: {"is":"left"}`,
      `kimi: {"is":"closed"}`,
      `glm: {"is":"open","ms":1,"next":60000}`,
    ]);
    assert.deepEqual(a.heard, []);
    await wait(10);
    const told = await b.store.told();
    assert.deepEqual(
      told.map(({ lane, news }) => [lane, news.is, Math.ceil(news.ms / 10_000)]).sort(),
      [[LANE, "open", 3], [LANE, "paused", 2]],
    );
  },

  "a value is what was kept last": async (world) => {
    const [a, b] = [await world.replica("a"), await world.replica("b")];
    assert.equal(await a.store.read("x"), null);
    await a.store.keep("x", "1", 60_000);
    await b.store.keep("x", "2", 60_000);
    assert.equal(await a.store.read("x"), "2");
  },
};

for (const [words, promise] of Object.entries(promises)) {
  Deno.test(`store: ${words}`, async () => {
    await using world = await memory();
    await promise(world);
  });

  Deno.test({
    name: `store in a real Redis: ${words}${redisWords}`,
    ignore: !redisHere,
    async fn() {
      await using world = await real();
      await promise(world);
    },
  });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
