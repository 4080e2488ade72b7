import assert from "node:assert/strict";
import { FakeClock } from "../helpers/clock/fake_clock.ts";
import type { Failure } from "../../lib/base/errors.ts";
import { Deadlines } from "../../lib/upstream/deadlines.ts";

const timeouts = {
  connect: 15_000,
  head: 300_000,
  firstEvent: 480_000,
  silence: 180_000,
  progress: 480_000,
};

function watched() {
  const clock = new FakeClock();
  const failures: Failure[] = [];
  const deadlines = new Deadlines({
    clock,
    timeouts,
    title: "MiMo",
    host: "api.example.com",
    expire: (failure) => failures.push(failure),
  });
  return {
    clock,
    deadlines,
    said: () => failures.map(({ code, message }) => `${code}: ${message}`),
  };
}

Deno.test("deadlines: no connection in time", async () => {
  const { clock, said } = watched();
  await clock.advance(14_999);
  assert.deepEqual(said(), []);
  await clock.advance(1);
  assert.deepEqual(said(), [
    "connect_timeout: MiMo could not be reached at api.example.com within 15 s",
  ]);
  assert.equal(clock.armed, 0);
});

Deno.test("deadlines: no head in time, counted from the connection on", async () => {
  const { clock, deadlines, said } = watched();
  await clock.advance(14_000);
  deadlines.connected();
  await clock.advance(299_999);
  assert.deepEqual(said(), []);
  await clock.advance(1);
  assert.deepEqual(said(), ["head_timeout: MiMo sent no response head for 5 m"]);
  assert.equal(clock.armed, 0);
});

Deno.test("deadlines: comments before the first content do not move the first_event deadline", async () => {
  const { clock, deadlines, said } = watched();
  deadlines.head();
  for (let at = 0; at < 480; at += 10) {
    deadlines.waiting();
    await clock.advance(10_000);
    deadlines.bytes();
    deadlines.received(0, false);
  }
  deadlines.waiting();
  await clock.advance(1);
  assert.deepEqual(said(), ["first_event_timeout: MiMo answered, but sent no content for 8 m"]);
});

Deno.test("deadlines: silence after content, reported with the number of events", async () => {
  const { clock, deadlines, said } = watched();
  deadlines.head();
  deadlines.waiting();
  deadlines.bytes();
  deadlines.received(41, true);
  deadlines.waiting();
  await clock.advance(180_000);
  assert.deepEqual(said(), ["silence: MiMo sent nothing for 3 m after 41 events"]);
  assert.equal(deadlines.longestSilence, 180_000);
});

Deno.test("deadlines: the silence deadline is set when content comes, however far the next one was", async () => {
  const { clock, deadlines, said } = watched();
  deadlines.head();
  deadlines.waiting();
  await clock.advance(1_000);
  deadlines.bytes();
  deadlines.received(1, true);
  deadlines.waiting();
  await clock.advance(179_000);
  assert.deepEqual(said(), []);
  await clock.advance(1_000);
  assert.equal(said().length, 1);
});

Deno.test("deadlines: bytes without content run into the progress deadline", async () => {
  const { clock, deadlines, said } = watched();
  deadlines.head();
  deadlines.waiting();
  deadlines.bytes();
  deadlines.received(2, true);
  for (let at = 0; at < 480; at += 60) {
    deadlines.waiting();
    await clock.advance(60_000);
    deadlines.bytes();
    deadlines.received(1, false);
  }
  deadlines.waiting();
  await clock.advance(1_000);
  assert.deepEqual(said(), [
    "no_progress: MiMo sent only keep-alives for 8 m after 9 events, no content",
  ]);
});

Deno.test("deadlines: a client that reads slowly is not the provider's silence", async () => {
  const { clock, deadlines, said } = watched();
  deadlines.head();
  deadlines.waiting();
  deadlines.bytes();
  deadlines.received(1, true);
  await clock.advance(3_600_000); // nobody reads
  deadlines.waiting();
  await clock.advance(100_000);
  deadlines.bytes();
  deadlines.received(1, true);
  assert.deepEqual(said(), []);
  assert.equal(deadlines.longestSilence, 100_000);
  deadlines.stop();
  assert.equal(clock.armed, 0);
});
