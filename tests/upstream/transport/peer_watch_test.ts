import assert from "node:assert/strict";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { rawServer, silentAddress } from "../../helpers/peers/raw_server.ts";
import { watchPeer } from "../../../lib/upstream/transport/peer_watch.ts";
import { freePort } from "../../helpers/free_port.ts";

/** A watch on a clock of the test's own. */
function watched(address: string, port: number) {
  const clock = new FakeClock();
  const state = { received: 0, paused: false, gone: 0 };
  const stop = watchPeer({
    clock,
    address,
    port,
    received: () => state.received,
    paused: () => state.paused,
    onGone: () => state.gone++,
  });
  return { clock, state, stop };
}

/** Until `done` says so; what is waited for is a packet on loopback. */
async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("peer watch: one that answers is asked again after each silence, and never gone", async () => {
  await using server = rawServer(({ gone }) => gone(), { reads: false });
  const { clock, state, stop } = watched("127.0.0.1", server.port);
  for (let n = 1; n <= 5; n++) {
    await clock.advance(35_000);
    await until(() => server.accepted === n && clock.next === 35_000);
  }
  assert.equal(state.gone, 0);
  stop();
  assert.equal(clock.armed, 0);
});

Deno.test("peer watch: a refusal is an answer", async () => {
  const { clock, state, stop } = watched("127.0.0.1", freePort());
  await clock.advance(35_000);
  await until(() => clock.next === 35_000);
  assert.equal(state.gone, 0);
  stop();
  assert.equal(clock.armed, 0);
});

Deno.test("peer watch: nobody is asked while bytes come, or while nobody reads", async () => {
  await using server = rawServer(({ gone }) => gone(), { reads: false });
  const { clock, state, stop } = watched("127.0.0.1", server.port);
  for (let n = 0; n < 10; n++) {
    state.received++;
    await clock.advance(35_000);
  }
  state.paused = true;
  await clock.advance(350_000);
  assert.equal(server.accepted, 0);
  stop();
  assert.equal(clock.armed, 0);
});

Deno.test("peer watch: one that does not answer twice is gone, within two minutes of its last byte", async () => {
  const port = freePort();
  await using silent = await silentAddress(port);
  if (!silent) return;
  const { clock, state } = watched(silent.host, port);
  state.received++; // just after the first look began: the longest silence there can be
  await clock.advance(99_999);
  assert.equal(state.gone, 0);
  await clock.advance(1);
  assert.equal(state.gone, 1);
  await clock.advance(1_000_000);
  assert.equal(state.gone, 1);
  assert.equal(clock.armed, 0);
});

Deno.test("peer watch: bytes that come during the question are the answer", async () => {
  const port = freePort();
  await using silent = await silentAddress(port);
  if (!silent) return;
  const { clock, state, stop } = watched(silent.host, port);
  await clock.advance(36_000);
  state.received++;
  await clock.advance(14_000);
  assert.equal(clock.next, 35_000);
  stop();
  assert.equal(clock.armed, 0);
});
