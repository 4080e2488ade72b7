/**
 * A clock that runs `factor` times as fast as the machine's, for tests on real sockets that would otherwise wait.
 *
 * @module
 */

import { type Clock, systemClock } from "../../lib/base/clock.ts";

/** With a factor of 20, `after(20_000)` fires after a second, and `now()` has moved by twenty. */
export function fastClock(factor: number): Clock {
  return {
    now: () => systemClock.now() * factor,
    wall: () => systemClock.wall(),
    after: (ms, run) => systemClock.after(ms / factor, run),
  };
}
