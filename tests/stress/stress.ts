/**
 * A run of simulated faults in this process, with silences of a moment.
 *
 * @module
 */

import { systemRandom } from "../../lib/base/clock.ts";
import { type SimulatedPlan, type StressReport, stressSimulated } from "../../lib/stress/report.ts";
import type { StressDeps, StressWatch } from "../../lib/stress/run.ts";
import type { Speed } from "../../lib/stress/simulated.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";

/** The provider's silences are longer than the client's patience and shorter than the sidecar's. */
export const QUICK: Speed = {
  pace: { silence: 1_600, drip: 30 },
  gap: 0,
  heartbeat: 100,
  headGrace: 200,
  timeouts: { connect: 2_000, head: 2_800, firstEvent: 2_800, silence: 2_600, progress: 4_400 },
  maxWait: 3_000,
  idle: 2_000,
};

/** Hears nothing. */
export const deaf: StressWatch = {
  asked() {},
  delta() {},
  answered() {},
  attemptFailed() {},
};

/** Two turns of a small context for each fault, on a clock that counts no time in which this process did not run. */
export function stressFaults(
  names: readonly string[],
  plan: Partial<SimulatedPlan> = {},
  deps: Partial<StressDeps> = {},
): Promise<StressReport> {
  return stressSimulated(names, QUICK, {
    turns: 2,
    context: 1_000,
    concurrency: 1,
    seed: 1,
    ...plan,
  }, {
    clock: fastClock(4),
    random: systemRandom,
    env: () => undefined,
    version: "0.0.0",
    signal: new AbortController().signal,
    watch: deaf,
    ...deps,
  });
}
