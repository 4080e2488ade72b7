import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { FakeClock, seededRandom } from "./fake_clock.ts";

Deno.test("fake_clock: fires timers in order of time, then of arming, at their own time", async () => {
  const clock = new FakeClock(1_000);
  const seen: [string, number, number][] = [];
  for (
    const [name, ms] of [["late", 30], ["early", 10], ["late too", 30], ["never", 31]] as const
  ) {
    clock.after(ms, () => seen.push([name, clock.now(), clock.wall()]));
  }
  assert.equal(clock.next, 10);
  await clock.advance(30);
  assert.deepEqual(seen, [["early", 10, 1_010], ["late", 30, 1_030], ["late too", 30, 1_030]]);
  assert.deepEqual([clock.now(), clock.armed, clock.next], [30, 1, 1]);
});

Deno.test("fake_clock: a timer taken back does not fire, not even by one due at the same time", async () => {
  const clock = new FakeClock();
  const seen: string[] = [];
  clock.after(5, () => {
    seen.push("first");
    cancel();
  });
  const cancel = clock.after(5, () => seen.push("second"));
  await clock.advance(10);
  assert.deepEqual([seen, clock.armed], [["first"], 0]);
});

Deno.test("fake_clock: lets promises settle, so that waits armed on the way fire in one advance", async () => {
  const clock = new FakeClock();
  const stamps: number[] = [];
  const ticking = (async () => {
    for (let i = 0; i < 3; i++) {
      await sleep(clock, 10, new AbortController().signal);
      await Promise.resolve().then(() => undefined);
      stamps.push(clock.now());
    }
  })();
  await clock.advance(29);
  assert.deepEqual(stamps, [10, 20]);
  await clock.advance(1);
  await ticking;
  assert.deepEqual([stamps, clock.armed], [[10, 20, 30], 0]);
});

Deno.test("fake_clock: sleep gives its timer back when aborted", async () => {
  const clock = new FakeClock();
  const controller = new AbortController();
  const slept = sleep(clock, 1_000, controller.signal);
  assert.equal(clock.armed, 1);
  controller.abort(new Error("enough"));
  await assert.rejects(slept, /enough/);
  assert.equal(clock.armed, 0);
});

Deno.test("fake_clock: seeded chance repeats, differs by seed and keeps its ranges", () => {
  const draw = (seed: number) => {
    const random = seededRandom(seed);
    return { numbers: Array.from({ length: 200 }, random.random), ids: [random.id(), random.id()] };
  };
  assert.deepEqual(draw(7), draw(7));
  assert.notDeepEqual(draw(7), draw(8));
  const { numbers, ids } = draw(7);
  assert.ok(numbers.every((n) => n >= 0 && n < 1) && new Set(numbers).size === 200);
  assert.ok(ids.every((id) => /^[0-9a-f]{32}$/.test(id)) && ids[0] !== ids[1]);
});
