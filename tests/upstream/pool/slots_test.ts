/** Turns at one key of an upstream: limits, fairness, who leaves, and pauses. */

import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { MOST_WAITING, Slots } from "../../../lib/upstream/pool/slots.ts";

const never = new AbortController().signal;

/** Takes turns and notes who got one, in order. */
function bench(limit: number) {
  const clock = new FakeClock();
  const slots = new Slots(clock, limit);
  const got: string[] = [];
  const gives = new Map<string, () => void>();
  const take = (name: string, thread = name, signal: AbortSignal = never) =>
    Promise.resolve(slots.take({ thread, signal })).then((give) => {
      got.push(name);
      gives.set(name, give ?? (() => {}));
    });
  const give = (name: string) => {
    gives.get(name)?.();
    return clock.advance(0);
  };
  return { clock, slots, got, take, give };
}

Deno.test("slots: never more at once than the limit; the others in the order they came", async () => {
  const { clock, slots, got, take, give } = bench(2);
  for (const name of ["a", "b", "c", "d"]) void take(name);
  await clock.advance(0);
  assert.deepEqual({ got, busy: slots.busy, waiting: slots.waiting }, {
    got: ["a", "b"],
    busy: 2,
    waiting: 2,
  });
  await give("a");
  await give("a"); // once more changes nothing
  assert.deepEqual({ got, busy: slots.busy }, { got: ["a", "b", "c"], busy: 2 });
  for (const name of ["b", "c", "d"]) await give(name);
  assert.deepEqual({ busy: slots.busy, waiting: slots.waiting, armed: clock.armed }, {
    busy: 0,
    waiting: 0,
    armed: 0,
  });
});

Deno.test("slots: threads take turns", async () => {
  const { clock, got, take, give } = bench(1);
  void take("first", "x");
  for (const name of ["x1", "x2", "x3"]) void take(name, "x");
  void take("y1", "y");
  void take("z1", "z");
  await clock.advance(0);
  for (const name of ["first", "x1", "y1", "z1", "x2", "x3"]) await give(name);
  assert.deepEqual(got, ["first", "x1", "y1", "z1", "x2", "x3"]);
});

Deno.test("slots: who leaves is forgotten, and its place is free", async () => {
  const { clock, slots, got, take, give } = bench(1);
  const leaving = new AbortController();
  void take("a");
  const left = assert.rejects(take("b", "b", leaving.signal), /gone/);
  void take("c");
  await clock.advance(0);
  leaving.abort(new Failure("client_gone", "gone"));
  await left;
  assert.equal(slots.waiting, 1);
  await give("a");
  assert.deepEqual(got, ["a", "c"]);
  assert.throws(() => slots.take({ thread: "d", signal: leaving.signal }), /gone/);
});

Deno.test("slots: a pause holds everybody back, and nobody longer", async () => {
  const { clock, slots, got, take } = bench(Infinity);
  slots.pause(5_000);
  void take("a");
  void take("b");
  await clock.advance(4_999);
  assert.deepEqual(got, []);
  await clock.advance(1);
  assert.deepEqual(got, ["a", "b"]);
  assert.equal(clock.armed, 0);
  assert.ok(slots.free);
});

Deno.test("slots: who would rather go elsewhere leaves the queue when asked", async () => {
  const { clock, slots, got, take } = bench(1);
  void take("a");
  let elsewhere = false;
  const asker = { thread: "b", signal: never, leaves: () => elsewhere };
  const other = slots.take(asker);
  void take("c");
  slots.reconsider();
  assert.equal(slots.waiting, 2);
  elsewhere = true;
  slots.reconsider();
  assert.equal(await other, undefined);
  await clock.advance(0);
  assert.deepEqual({ got, waiting: slots.waiting, busy: slots.busy }, {
    got: ["a"],
    waiting: 1,
    busy: 1,
  });
});

Deno.test("slots: beyond a bound nobody waits", () => {
  const { slots, take } = bench(1);
  for (let at = 0; at <= MOST_WAITING; at++) void take(`${at}`);
  assert.throws(
    () => slots.take({ thread: "late", signal: never, title: "Acme" }),
    /already wait for their turn at Acme/,
  );
});

Deno.test("slots: whatever happens, the limit holds and everybody who stays gets a turn", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.record({ thread: fc.integer({ min: 0, max: 3 }), leaves: fc.boolean() }), {
        maxLength: 20,
      }),
      async (limit, askers) => {
        const clock = new FakeClock();
        const slots = new Slots(clock, limit);
        let got = 0;
        const all = askers.map(async ({ thread, leaves }) => {
          const leaving = new AbortController();
          const turn = Promise.resolve(slots.take({ thread: `${thread}`, signal: leaving.signal }));
          if (leaves) leaving.abort(new Failure("client_gone", "gone"));
          const give = await turn.catch(() => undefined);
          if (!give) return;
          got++;
          assert.ok(slots.busy <= limit);
          await Promise.resolve();
          give();
        });
        await Promise.all(all);
        assert.ok(got >= askers.filter(({ leaves }) => !leaves).length);
        assert.deepEqual([slots.busy, slots.waiting, clock.armed], [0, 0, 0]);
      },
    ),
    { numRuns: 200 },
  );
});
