import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { Live } from "../../../lib/proxy/health/live.ts";
import { settle } from "../../helpers/clock/fake_clock.ts";

Deno.test("live: counts, and drains when the last one has left", async () => {
  const live = new Live();
  await live.drained();
  const [a, b] = [live.enter(new AbortController().signal), live.enter(AbortSignal.abort())];
  let drained = false;
  const draining = live.drained().then(() => drained = true);
  a.leave();
  a.leave();
  await settle();
  assert.deepEqual([live.count, drained, b.signal.reason.code], [1, false, "client_gone"]);
  b.leave();
  await draining;
  assert.equal(live.count, 0);
});

Deno.test("live: aborting reaches every running one, with the reason", () => {
  const live = new Live();
  const [over, running] = [new AbortController(), new AbortController()].map(({ signal }) =>
    live.enter(signal)
  );
  over!.leave();
  const reason = new Failure("shutting_down", "The sidecar stops");
  live.abort(reason);
  assert.deepEqual([over!.signal.aborted, running!.signal.reason], [false, reason]);
  assert.equal(live.count, 1);
});

Deno.test("live: a client that leaves aborts its own, and after the end nothing", () => {
  const live = new Live();
  const [leaves, stays] = [new AbortController(), new AbortController()];
  const [first, second] = [live.enter(leaves.signal), live.enter(stays.signal)];
  leaves.abort();
  second.leave();
  stays.abort();
  assert.deepEqual([first.signal.reason.code, second.signal.aborted], ["client_gone", false]);
});
