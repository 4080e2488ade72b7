/** What replicas share, on a clock of the test: sums, slots, cooldowns and threads, with a store that comes and goes. */

import assert from "node:assert/strict";
import { Affinity } from "../../lib/proxy/failover/affinity.ts";
import { Supply } from "../../lib/proxy/failover/supply.ts";
import type { Give } from "../../lib/upstream/pool/slots.ts";
import type { FakeClock } from "../helpers/clock/fake_clock.ts";
import { fc } from "../helpers/fast_check.ts";
import { type Replica, replicaWorld } from "../helpers/proxy/replicas.ts";

const DAY = 86_400_000;
const LANE = "acme key 1";
const never = new AbortController().signal;

async function two() {
  const world = replicaWorld();
  return { ...world, a: await world.open(), b: await world.open() };
}

const add = ({ state }: Replica, by: number) => state.counters.add("tokens:alice:1", by, DAY);

/** Takes turns at one lane of several replicas, and keeps what is held. */
function bench(limit: number) {
  const held = new Map<string, Give>();
  const queued: string[] = [];
  return {
    held,
    queued,
    take(replica: Replica, name: string, signal: AbortSignal = never): Promise<void> {
      const { slots } = replica.lanes.lane(LANE, limit);
      const waiting = () => void queued.push(name);
      return Promise.resolve(slots.take({ thread: name, signal, waiting })).then((give) => {
        if (give) held.set(name, give);
      });
    },
    give(name: string): void {
      held.get(name)?.();
      held.delete(name);
    },
  };
}

Deno.test("replicas: a sum is one sum", async () => {
  const { a, b, close } = await two();
  assert.equal(await add(a, 10), 10);
  assert.equal(await add(b, 5), 15);
  assert.equal(await add(a, 0), 15);
  assert.equal(await add(a, 0.6), 16, "the store takes whole numbers");
  close();
});

Deno.test("replicas: while the store is gone each goes on from what it saw, and afterwards the sum is all of it", async () => {
  const { a, b, clock, redis, close } = await two();
  await add(a, 100);
  await add(b, 0);
  redis.turn("gone");
  assert.equal(await add(a, 7), 107);
  assert.equal(await add(b, 3), 103);
  redis.forget(); // a crash, and nothing on disk
  redis.turn("there");
  await clock.advance(0);
  assert.deepEqual([await add(a, 0), await add(b, 0)], [110, 110]);
  close();
});

Deno.test("replicas: a store that forgets while it answers is given back what they saw", async () => {
  const { a, b, redis, close } = await two();
  await add(a, 100);
  await add(b, 20);
  redis.forget(); // FLUSHALL, or evicted
  assert.equal(await add(b, 0), 120, "b has seen all of it");
  redis.forget();
  assert.equal(await add(a, 7), 107, "a has seen its own");
  assert.equal(await add(b, 3), 123, "and b has not counted it yet");
  assert.equal(await add(a, 1), 124);
  close();
});

Deno.test("replicas: never more at once than the limit, over all of them; who waits is told, and goes when another leaves", async () => {
  const { a, b, clock, redis, close } = await two();
  const { held, queued, take, give } = bench(2);
  for (const [replica, name] of [[a, "a1"], [b, "b1"], [a, "a2"], [b, "b2"]] as const) {
    void take(replica, name);
    await clock.advance(0);
  }
  assert.deepEqual([...held.keys()], ["a1", "b1"]);
  assert.deepEqual(queued, ["a2", "b2"]);
  assert.equal(a.lanes.lane(LANE, 2).slots.free, false);
  give("b1");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["a1", "a2"], "a came first");
  give("a1");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["a2", "b2"]);
  for (const name of ["a2", "b2"]) give(name);
  await clock.advance(0);
  assert.equal(redis.leases(LANE), 0);
  await clock.advance(10_000);
  close();
  assert.equal(clock.armed, 0);
});

Deno.test("replicas: one with a long queue does not keep the others waiting", async () => {
  const { a, b, clock, close } = await two();
  const { held, take, give } = bench(1);
  void take(a, "a0");
  await clock.advance(0);
  for (let n = 1; n <= 5; n++) void take(a, `a${n}`);
  await clock.advance(0);
  void take(b, "b1");
  await clock.advance(0);
  const order: string[] = [];
  for (let n = 0; n < 7; n++) {
    const [now = ""] = held.keys();
    order.push(now);
    give(now);
    await clock.advance(0);
  }
  assert.ok(order.indexOf("b1") <= 2, order.join(" "));
  assert.equal(order.length, 7);
  close();
});

Deno.test("replicas: one whose last request leaves the queue holds up no other", async () => {
  const { a, b, clock, redis, open, close } = await two();
  const c = await open();
  const { held, take, give } = bench(1);
  void take(c, "c1");
  await clock.advance(0);
  const leaver = new AbortController();
  const left = assert.rejects(take(a, "a1", leaver.signal), /gone/);
  await clock.advance(0);
  void take(b, "b1");
  await clock.advance(0);
  leaver.abort(new TypeError("gone"));
  await left;
  give("c1");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["b1"]);
  give("b1");
  await clock.advance(0);
  assert.equal(redis.leases(LANE), 0);
  close();
});

Deno.test("replicas: a lease that comes when nobody can use it any more is given back", async () => {
  const { a, clock, redis, close } = await two();
  const { held, take } = bench(1);
  const leaver = new AbortController();
  const left = assert.rejects(take(a, "a1", leaver.signal), /gone/);
  leaver.abort(new TypeError("gone")); // while the store is asked
  await left;
  await clock.advance(0);
  assert.ok(redis.calls.includes("takeLeases"));
  assert.equal(redis.leases(LANE), 0);
  const taken = take(a, "a2");
  a.lanes.lane(LANE, 1).slots.pause(5_000);
  await clock.advance(0);
  assert.equal(redis.leases(LANE), 0);
  await clock.advance(5_000);
  await taken;
  assert.deepEqual([...held.keys()], ["a2"]);
  close();
});

Deno.test("replicas: a call that overtakes the answer to a question is not lost", async () => {
  const { a, b, clock, redis, close } = await two();
  const { held, take, give } = bench(1);
  void take(a, "a1");
  await clock.advance(0);
  const answer = Promise.withResolvers<void>();
  redis.delay = answer.promise;
  void take(b, "b1");
  await clock.advance(0);
  give("a1");
  await clock.advance(0);
  answer.resolve();
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["b1"]);
  close();
});

Deno.test("replicas: the slots of one that was killed come back within 16 s; those of one that lives do not end", async () => {
  const { a, b, clock, redis, close } = await two();
  const { held, take } = bench(1);
  void take(a, "a1");
  await clock.advance(0);
  void take(b, "b1");
  await clock.advance(60_000);
  assert.deepEqual([...held.keys()], ["a1"], "a renews its lease for as long as it holds it");
  // Killed: nobody renews it any more
  a.state.close();
  redis.open = () => assert.fail();
  await clock.advance(16_500);
  assert.deepEqual([...held.keys()], ["a1", "b1"]);
  close();
});

Deno.test("replicas: while the store is gone each has the limit for itself; afterwards what it let in counts", async () => {
  const { a, b, clock, redis, close } = await two();
  const { held, take, give } = bench(1);
  void take(a, "a1");
  await clock.advance(0);
  void take(b, "b1");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["a1"]);
  redis.turn("gone");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["a1", "b1"], "nobody waits for a store that is gone");
  redis.forget();
  redis.turn("there");
  await clock.advance(0);
  assert.equal(redis.leases(LANE), 2);
  void take(b, "b2");
  give("b1");
  await clock.advance(2_000);
  assert.deepEqual([...held.keys()], ["a1"]);
  give("a1");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["b2"]);
  close();
});

Deno.test("replicas: a slot that was given back while the store was gone is free when it is back, not when its lease ends", async () => {
  const { a, b, clock, redis, close } = await two();
  const { held, take, give } = bench(2);
  for (const name of ["a1", "a2"]) void take(a, name);
  await clock.advance(0);
  redis.turn("gone"); // for a moment, and it forgets nothing
  give("a1");
  redis.turn("there");
  give("a2"); // while it is asked whether it is back
  await clock.advance(0);
  void take(b, "b1");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["b1"]);
  await clock.advance(5_000);
  void take(b, "b2");
  await clock.advance(0);
  assert.deepEqual([...held.keys()], ["b1", "b2"]);
  close();
  assert.equal(clock.armed, 0);
});

Deno.test("replicas: a pause holds all of them back, and keeps no lease meanwhile", async () => {
  const { a, b, clock, redis, close } = await two();
  const { held, take } = bench(2);
  void take(b, "b0");
  await clock.advance(0);
  a.lanes.lane(LANE, 2).slots.pause(30_000);
  await clock.advance(0);
  void take(b, "b1");
  await clock.advance(29_000);
  assert.deepEqual([...held.keys()], ["b0"]);
  assert.equal(redis.leases(LANE), 1);
  await clock.advance(1_000);
  assert.deepEqual([...held.keys()], ["b0", "b1"]);
  close();
});

Deno.test("replicas: whatever comes and goes, the limit holds while the store is there, and everybody gets a turn", async () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant("take" as const), at: fc.nat({ max: 2 }) }),
    fc.record({ do: fc.constant("give" as const), at: fc.nat({ max: 20 }) }),
    fc.record({ do: fc.constant("leave" as const), at: fc.nat({ max: 20 }) }),
    fc.record({ do: fc.constant("wait" as const), at: fc.nat({ max: 4_000 }) }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(step, { maxLength: 40 }),
      async (limit, steps) => {
        const world = replicaWorld();
        const replicas = [await world.open(), await world.open(), await world.open()];
        const { held, take, give } = bench(limit);
        const waiting = new Map<string, AbortController>();
        let last = 0;
        const settled: Promise<unknown>[] = [];
        for (const { do: what, at } of steps) {
          if (what === "take") {
            const name = `n${++last}`;
            const leaver = new AbortController();
            waiting.set(name, leaver);
            const taken = take(replicas[at] as Replica, name, leaver.signal);
            settled.push(taken.then(() => waiting.delete(name), () => waiting.delete(name)));
          }
          if (what === "give") give([...held.keys()][at % Math.max(1, held.size)] ?? "");
          if (what === "leave") {
            [...waiting.values()][at % Math.max(1, waiting.size)]?.abort(
              new TypeError("gone"),
            );
          }
          await world.clock.advance(what === "wait" ? at : 0);
          assert.ok(held.size <= limit, `${held.size} at once, of ${limit}`);
          assert.equal(world.redis.leases(LANE), held.size);
        }
        for (let n = 0; held.size + waiting.size > 0; n++) {
          assert.ok(n < 100, `${waiting.size} never got a turn`);
          give([...held.keys()][0] ?? "");
          await world.clock.advance(0);
        }
        await Promise.all(settled);
        await world.clock.advance(6_000);
        world.close();
        assert.equal(world.clock.armed, 0);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("replicas: an upstream that failed one of them is asked by none, until one request of one finds it well", async () => {
  const { a, b, clock, close } = await two();
  const [at, there] = [a.lanes.lane(LANE, null).circuit, b.lanes.lane(LANE, null).circuit];
  at.failed("no connection");
  await clock.advance(0);
  assert.deepEqual([at.state.is, there.state.is], ["open", "open"]);
  await clock.advance(30_000);
  const permit = at.begin();
  await clock.advance(0);
  assert.equal(there.welcomes, false, "one request tries it, over all replicas");
  permit.left();
  await clock.advance(0);
  assert.equal(there.welcomes, true, "and leaves its place to another");
  const other = there.begin();
  await clock.advance(0);
  assert.equal(at.welcomes, false);
  other.succeeded();
  other.left();
  await clock.advance(0);
  assert.deepEqual([at.state.is, there.state.is], ["closed", "closed"]);
  close();
});

Deno.test("replicas: a probe whose replica was killed is waited for a minute", async () => {
  const { a, b, clock, close } = await two();
  a.lanes.lane(LANE, null).circuit.failed("no connection");
  const { circuit } = b.lanes.lane(LANE, null);
  await clock.advance(30_000);
  a.lanes.lane(LANE, null).circuit.begin();
  await clock.advance(59_999);
  assert.equal(circuit.welcomes, false);
  await clock.advance(1);
  assert.equal(circuit.welcomes, true);
  close();
});

Deno.test("replicas: one that starts later knows what lasts; what was told while the store was gone is told when it is back", async () => {
  const { a, b, clock, redis, open, close } = await two();
  a.lanes.lane(LANE, null).circuit.failed("quota", 600_000);
  await clock.advance(0);
  const c = await open();
  assert.equal(c.lanes.lane(LANE, null).circuit.state.is, "open");
  redis.turn("gone");
  a.lanes.lane("kimi", null).circuit.failed("quota", 600_000);
  await clock.advance(60_000);
  assert.equal(b.lanes.lane("kimi", null).circuit.state.is, "closed");
  redis.turn("there");
  await clock.advance(0);
  const { state } = b.lanes.lane("kimi", null).circuit;
  assert.ok(state.is === "open");
  assert.equal(Math.round((state.until - clock.now()) / 1_000), 540);
  close();
});

Deno.test("replicas: those who wait hear that another met the limit, and go to somebody else", async () => {
  const { a, b, clock, close } = await two();
  const lane = b.lanes.lane(LANE, 1);
  const first = lane.slots.take({ thread: "x", signal: never });
  await clock.advance(0);
  await first;
  const second = Promise.resolve(
    lane.slots.take({ thread: "y", signal: never, leaves: () => !lane.circuit.welcomes }),
  );
  await clock.advance(0);
  a.lanes.lane(LANE, 1).circuit.failed("a limit", 60_000);
  await clock.advance(0);
  assert.equal(await second, undefined);
  close();
});

Deno.test("replicas: a thread stays with who answered it, through whichever replica it comes", async () => {
  const { a, b, clock, redis, close } = await two();
  const [one, other] = [a, b].map(({ state: { threads } }) => new Affinity({ threads, clock }));
  assert.ok(one && other);
  one.record("thread-1", { candidate: "acme", key: 2, until: clock.now() + 40_000 });
  await clock.advance(10_000);
  await other.lookUp("thread-1");
  assert.deepEqual(other.of("thread-1"), {
    candidate: "acme",
    key: 2,
    until: clock.now() + 30_000,
  });
  other.record("thread-1", { candidate: "kimi/k2", key: 0, until: 0 });
  await clock.advance(0);
  await one.lookUp("thread-1");
  assert.equal(one.of("thread-1")?.candidate, "kimi/k2");
  assert.doesNotMatch(JSON.stringify([...redis.values]), /thread-1/);
  redis.turn("gone");
  await one.lookUp("thread-1");
  assert.equal(one.of("thread-1")?.candidate, "kimi/k2", "what it knows itself holds");
  close();
});

/** A supply of one upstream with a pool of keys, each with one slot. */
function supplyOf({ lanes, state }: Replica, clock: FakeClock, thread: string) {
  const affinity = new Affinity({ threads: state.threads, clock });
  const keyed = ["acme key 1", "acme key 2", "acme key 3"].map((name) => ({
    route: { target: { title: "Acme", keys: ["a", "b", "c"] } },
    lane: lanes.lane(name, 1),
  }));
  const first = { name: "acme", keyed } as never;
  const supply = new Supply({ first, others: () => [] }, {
    clock,
    affinity,
    thread,
    beforeFallback: 2,
  });
  const went: (string | undefined)[] = [];
  const watcher = {
    queued: () => went.push("queued"),
    waited() {},
    goesWith: (key?: string) => went.push(key),
  };
  return { supply, affinity, went, take: () => supply.take(never, watcher) };
}

Deno.test("replicas: where others have the slots of one key, a new thread goes to one that is free, and waits where none is", async () => {
  const { a, b, clock, redis, close } = await two();
  const first = supplyOf(a, clock, "x");
  void first.take();
  await clock.advance(0);
  const [key] = first.went;
  const second = supplyOf(b, clock, "x");
  void second.take();
  await clock.advance(0);
  const other = second.went.at(-1);
  assert.ok(other !== undefined && other !== key && other !== "queued", `${second.went}`);
  const third = supplyOf(b, clock, "x");
  void third.take();
  await clock.advance(0);
  assert.equal(new Set([key, other, third.went.at(-1)]).size, 3, `${third.went}`);
  const fourth = supplyOf(b, clock, "x");
  const turn = fourth.take();
  await clock.advance(0);
  assert.equal(fourth.went.at(-1), "queued");
  const asked = redis.calls.length;
  await clock.advance(500);
  assert.ok(redis.calls.length - asked < 3, "it does not ask one key after the other");
  first.supply.rest();
  third.supply.rest();
  second.supply.rest();
  await clock.advance(2_000);
  await turn;
  fourth.supply.rest();
  close();
});

Deno.test("replicas: a thread waits for its own key, whose prompt cache it has", async () => {
  const { a, b, clock, close } = await two();
  const holder = supplyOf(a, clock, "x");
  void holder.take();
  await clock.advance(0);
  const own = Number(holder.went[0]?.at(-1)) - 1;
  const thread = supplyOf(b, clock, "x");
  thread.affinity.record("x", { candidate: "acme", key: own, until: 0 });
  const turn = thread.take();
  await clock.advance(0);
  assert.deepEqual(thread.went, ["queued"]);
  holder.supply.rest();
  await clock.advance(0);
  await turn;
  assert.deepEqual(thread.went, ["queued", `acme key ${own + 1}`]);
  thread.supply.rest();
  close();
});
