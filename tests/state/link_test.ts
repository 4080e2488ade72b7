/** The way to the store: said once, nobody blocked, and back by itself. */

import assert from "node:assert/strict";
import { type Replica, replicaWorld } from "../helpers/proxy/replicas.ts";

const GONE =
  "warning: Redis at 127.0.0.1:6379 does not answer (it closed the connection): limits, cooldowns and the queue are this sidecar's own until it does";
const THERE = "info: Redis at 127.0.0.1:6379 answers: limits are shared with the other sidecars";
const DAY = 86_400_000;

async function one() {
  const world = replicaWorld();
  return { ...world, replica: await world.open() };
}

function add({ state }: Replica, by: number, key = "tokens:alice:1"): Promise<number> {
  return state.counters.add(key, by, DAY);
}

Deno.test("link: a store that is gone is said once, costs nothing, and is said once when it is back", async () => {
  const { clock, redis, replica, close } = await one();
  assert.deepEqual(replica.said, [THERE]);
  redis.turn("gone");
  for (let n = 0; n < 5; n++) await add(replica, 1);
  await clock.advance(60_000);
  assert.deepEqual(replica.said, [THERE, GONE]);
  assert.ok(
    !redis.calls.includes("addSum"),
    "nothing was asked of a store that is known to be gone",
  );
  assert.deepEqual(replica.state.health, {
    title: "Redis at 127.0.0.1:6379",
    reachable: false,
    since: 60_000,
    calls: { answered: 0, failed: 0, skipped: 5 },
  });
  redis.turn("there");
  await clock.advance(0);
  assert.deepEqual(replica.said.slice(2), [
    "info: Redis at 127.0.0.1:6379 answers again after 1 m: limits are shared with the other sidecars",
  ]);
  assert.equal(await add(replica, 1), 6, "what was counted meanwhile is in the sum");
  close();
  assert.equal(clock.armed, 0);
});

Deno.test("link: a store that is silent costs the first call 250 ms, and the next one nothing", async () => {
  const { clock, redis, replica, close } = await one();
  redis.is = "silent";
  let done = 0;
  void add(replica, 1).then(() => done++);
  await clock.advance(249);
  assert.equal(done, 0);
  await clock.advance(1);
  assert.equal(done, 1);
  void add(replica, 1).then(() => done++);
  await clock.advance(0);
  assert.equal(done, 2);
  assert.match(replica.said[1] ?? "", /does not answer \(no answer within 250 ms\)/);
  await clock.advance(10_000);
  const probes = redis.calls.filter((name) => name === "probe").length;
  assert.ok(probes > 3 && probes < 12, `${probes} probes in ten seconds`);
  redis.is = "there";
  await clock.advance(3_000);
  assert.equal(replica.state.health.reachable, true);
  close();
  assert.equal(clock.armed, 0);
});

Deno.test("link: a store that is gone from the start lets the sidecar start, and is found later", async () => {
  const world = replicaWorld();
  world.redis.is = "gone";
  const replica = await world.open();
  assert.deepEqual(replica.said, [
    "warning: Redis at 127.0.0.1:6379 does not answer (connection refused): limits, cooldowns and the queue are this sidecar's own as long as it does not",
  ]);
  assert.equal(await add(replica, 3), 3);
  world.redis.is = "there";
  await world.clock.advance(2_000);
  assert.match(replica.said[1] ?? "", /^info: .* answers again after/);
  assert.equal(await add(await world.open(), 1), 4);
  world.close();
  assert.equal(world.clock.armed, 0);
});

Deno.test("link: a store that is lost again and again is left alone longer each time, and told to be back when it is well", async () => {
  const { clock, redis, replica, close } = await one();
  for (let n = 0; n < 20; n++) {
    redis.is = "silent";
    void add(replica, 1);
    await clock.advance(250);
    redis.is = "there";
    await clock.advance(4_000);
  }
  const levels = replica.said.map((sentence) => sentence.split(":")[0]);
  assert.deepEqual(levels, ["info", "warning", "info", "warning"], replica.said.join("\n"));
  const probes = redis.calls.filter((name) => name === "probe").length;
  assert.ok(probes < 20, `${probes} probes in 85 seconds`);
  await clock.advance(60_000);
  assert.match(replica.said[4] ?? "", /^info: .* answers again after/);
  assert.equal(replica.said.length, 5);
  close();
  assert.equal(clock.armed, 0);
});

Deno.test("link: a password is in no sentence, and neither is a second line", async () => {
  const { clock, redis, replica, close } = await one();
  redis.is = "gone";
  redis.why = "WRONGPASS for hunter22\nforged line";
  await add(replica, 1);
  await clock.advance(0);
  assert.match(replica.said[1] ?? "", /\(WRONGPASS for …\\nforged line\)/);
  close();
});
