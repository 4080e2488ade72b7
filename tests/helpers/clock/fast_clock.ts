/**
 * A clock that runs `factor` times as fast as the machine's, for tests on real sockets that would otherwise wait. It counts only
 * time in which this process ran: with one of 1, no deadline passes because the machine was busy.
 *
 * @module
 */

import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { steadyClock } from "../../../lib/simulate/steady_clock.ts";

const clocks = new Map<number, Clock>();

/** With a factor of 20, `after(20_000)` fires after a second, and `now()` has moved by twenty. All of one factor share one time. */
export function fastClock(factor: number): Clock {
  const known = clocks.get(factor) ?? steadyClock(systemClock, { factor });
  clocks.set(factor, known);
  return known;
}

/**
 * The machine's clock for a sidecar whose client is a process of its own and has the machine's patience: a moment in which this
 * process does not run counts as a quarter of a second at most, so that no deadline passes before what came meanwhile is read.
 */
export const patientClock: Clock = steadyClock(systemClock, { tick: 100, most: 250 });
