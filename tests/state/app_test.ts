/** What an app tells of the state that replicas share, and that it serves without. */

import assert from "node:assert/strict";
import { metrics } from "../../lib/observe/metrics.ts";
import { replicaWorld } from "../helpers/proxy/replicas.ts";
import { testApp } from "../helpers/proxy/app.ts";

const URL_OF_HEALTH = `http://127.0.0.1:8411/healthz?nonce=${"ab".repeat(32)}`;
const HOST = { headers: { host: "127.0.0.1:8411" } };

/** `/healthz` as a client at an address reads it. */
function connection(hostname: string) {
  return { local: { hostname: "127.0.0.1", port: 8411 }, remote: { hostname, port: 40_000 } };
}

async function world() {
  const { redis, clock, open, close } = replicaWorld();
  const { state } = await open();
  const app = testApp({}, { state, clock, metrics: metrics({ version: "1" }) });
  const health = async (hostname: string) =>
    (await (await app.fetch(new Request(URL_OF_HEALTH, HOST), connection(hostname))).json()).state;
  const shown = async () =>
    (await (await app.ask("/metrics")).text()).split("\n")
      .filter((line) => line.startsWith("sidecar_shared_state"));
  return { redis, clock, state, app, health, shown, close };
}

Deno.test("shared state: /readyz says whether it answers and is ready without, /metrics has it as numbers", async () => {
  const { redis, clock, state, app, health, shown, close } = await world();
  using _ = app;
  assert.deepEqual(await (await app.ask("/readyz")).json(), {
    status: "ready",
    live: 0,
    state: "shared",
  });
  await state.counters.add("x", 1, 1_000);
  assert.deepEqual(await shown(), [
    'sidecar_shared_state_up{kind="redis"} 1',
    'sidecar_shared_state_calls_total{result="answered"} 1',
    'sidecar_shared_state_calls_total{result="failed"} 0',
    'sidecar_shared_state_calls_total{result="skipped"} 0',
  ]);
  redis.turn("gone");
  await state.counters.add("x", 1, 1_000);
  await clock.advance(5_000);
  const ready = await app.ask("/readyz");
  assert.deepEqual([ready.status, (await ready.json()).state], [200, "its own"]);
  assert.deepEqual(await shown(), [
    'sidecar_shared_state_up{kind="redis"} 0',
    'sidecar_shared_state_calls_total{result="answered"} 1',
    'sidecar_shared_state_calls_total{result="failed"} 0',
    'sidecar_shared_state_calls_total{result="skipped"} 1',
  ]);
  assert.deepEqual(await health("127.0.0.1"), {
    title: "Redis at 127.0.0.1:6379",
    reachable: false,
    since: 5_000,
    calls: { answered: 1, failed: 0, skipped: 1 },
  });
  assert.equal(await health("192.0.2.7"), undefined, "where it is kept is for this machine");
  close();
});

Deno.test("shared state: an app that shares nothing says nothing of it", async () => {
  using app = testApp({}, { metrics: metrics({ version: "1" }) });
  assert.deepEqual(await (await app.ask("/readyz")).json(), { status: "ready", live: 0 });
  assert.doesNotMatch(await (await app.ask("/metrics")).text(), /^sidecar_shared_state/m);
});
