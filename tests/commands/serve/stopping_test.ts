/** How `serve` stops, with a server that only notes what it was asked. */

import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { untilStopped } from "../../../lib/commands/serve/stopping.ts";
import type { StopRequest } from "../../../lib/commands/shared/signals.ts";
import { silent } from "../../../lib/observe/observer.ts";
import type { RunningServer } from "../../../lib/proxy/server.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

/** @param live how many exchanges run until the test, or an abort, ends them */
function world(live: number) {
  const clock = new FakeClock();
  const ended = Promise.withResolvers<void>();
  const lost = Promise.withResolvers<Failure>();
  const asked: string[] = [];
  const notices: string[] = [];
  let ask: ((by: StopRequest) => void) | undefined;
  const running: RunningServer = {
    port: 1,
    url: "",
    live: () => live,
    mostAtOnce: () => new Map(),
    lost: lost.promise,
    stop() {
      asked.push("stop");
      return live === 0 ? Promise.resolve() : ended.promise;
    },
    abort() {
      asked.push("abort");
      ended.resolve();
      return ended.promise;
    },
  };
  const code = untilStopped(running, {
    clock,
    limit: 80_000,
    observer: { ...silent, notice: (_level, message) => notices.push(message) },
    onStop: (run) => {
      ask = run;
      return () => ask = undefined;
    },
  });
  const stop = (by: StopRequest) => ask?.(by);
  return { clock, code, asked, notices, ended, lost, stop, listens: () => ask !== undefined };
}

Deno.test("stopping: a supervisor's request ends by itself where the exchanges do, and leaves no timer", async () => {
  const { clock, code, asked, notices, ended, stop, listens } = world(1);
  stop("supervisor");
  await clock.advance(79_999);
  assert.deepEqual(asked, ["stop"]);
  ended.resolve();
  assert.equal(await code, 0);
  assert.deepEqual(notices, [
    "stopping, waiting for 1 exchange; stop again to abort; aborts by itself in 1 m 20 s",
  ]);
  assert.deepEqual([clock.armed, listens()], [0, false]);
});

Deno.test("stopping: a supervisor's request aborts what is left when its time is over", async () => {
  const { clock, code, asked, notices, stop } = world(2);
  stop("supervisor");
  await clock.advance(80_000);
  assert.equal(await code, 1);
  assert.deepEqual(asked, ["stop", "abort"]);
  assert.match(notices[1] ?? "", /^1 m 20 s are over, aborting 2 exchanges within 2 s$/);
  assert.equal(clock.armed, 0);
});

Deno.test("stopping: Ctrl-C has no bound, and the second one aborts", async () => {
  const { clock, code, asked, stop } = world(1);
  stop("person");
  await clock.advance(24 * 3_600_000);
  assert.deepEqual([asked, clock.armed], [["stop"], 0]);
  stop("person");
  stop("person");
  assert.equal(await code, 1);
  assert.deepEqual(asked, ["stop", "abort"]);
});

Deno.test("stopping: nothing runs, nothing is waited for", async () => {
  const { code, notices, stop } = world(0);
  stop("supervisor");
  assert.deepEqual([await code, notices], [0, ["stopping"]]);
});

Deno.test("stopping: a lost listener ends it with 1, so that a supervisor starts it again", async () => {
  const { code, asked, lost } = world(0);
  lost.resolve(new Failure("bad_config", "It is gone"));
  assert.deepEqual([await code, asked], [1, ["abort"]]);
});
