/**
 * A run as one piece of plain data: what `--json` prints, and what the text and the page are made of.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Config } from "../config/config.ts";
import { startProvider } from "../simulate/provider.ts";
import { adviseOn, LEAST, type RunSettings, type StressVerdict } from "./figures/advice.ts";
import { type Result, resultOf } from "./figures/result.ts";
import { type WhoAnswered, whoAnswered } from "./figures/who_answered.ts";
import type { Measured } from "./measured.ts";
import { runStress, type StressDeps, type StressPlan, type StressRun } from "./run.ts";
import { simulatedConfig, simulatedScript, type Speed } from "./simulated.ts";
import { simulatedNamed, withSpares } from "./simulated_upstreams.ts";

/** One upstream's figures and what they mean. */
export interface Assessed extends Result {
  readonly verdict: StressVerdict;
  /** Who answered its turns, and what they waited for. */
  readonly who: WhoAnswered;
  /** The upstream's address, or what is simulated in its place. */
  readonly at: string;
}

/** A run. */
export interface StressReport {
  readonly version: string;
  /** When it ended, ISO 8601. */
  readonly date: string;
  readonly plan: {
    readonly turns: number;
    readonly context: number;
    readonly concurrency: number;
    readonly seed: number;
    readonly simulated: boolean;
  };
  /** Milliseconds. */
  readonly duration: number;
  /** Why it ended before its time; `null` where it did not. */
  readonly ended: string | null;
  readonly upstreams: readonly Assessed[];
}

/** What a run of simulated faults is besides a plan. */
export type SimulatedPlan = Omit<StressPlan, "config" | "subjects" | "idle">;

/** Stresses upstreams of a configuration; each one's timeouts are taken from `settingOf`. */
export async function stressUpstreams(
  plan: StressPlan,
  deps: StressDeps,
  settingOf: (upstream: string) => RunSettings,
): Promise<StressReport> {
  const run = await runStress(plan, deps);
  const at = (upstream: string) => hostOf(plan.config.upstreams.get(upstream)?.baseUrl);
  return reportOf(run, plan, deps, { simulated: false, settingOf, at });
}

/** Stresses the sidecar with a provider on this machine, which is every upstream of the list. */
export async function stressSimulated(
  names: readonly string[],
  speed: Speed,
  plan: SimulatedPlan,
  deps: StressDeps,
): Promise<StressReport> {
  const stressed = simulatedNamed(names);
  const all = withSpares(stressed);
  const provider = await startProvider({ clock: deps.clock, script: simulatedScript(all, speed) });
  try {
    const config = await simulatedConfig(provider.url.replace(/\/v1$/, ""), all, speed);
    const subjects = stressed.map(({ name }) => ({ upstream: name, model: "sim-1" }));
    const complete: StressPlan = { ...plan, config, subjects, idle: speed.idle };
    const run = await runStress(complete, deps);
    const { timeouts, retry } = config;
    const { head, firstEvent, silence, progress } = timeouts;
    const third = (ms: number) => ms / 3;
    const least = {
      head: third(head),
      firstEvent: third(firstEvent),
      silence: third(silence),
      progress: third(progress),
    };
    const setting = { timeouts, retry, least };
    return reportOf(run, complete, deps, {
      simulated: true,
      settingOf: () => setting,
      at: (upstream) => stressed.find(({ name }) => name === upstream)?.doc ?? upstream,
    });
  } finally {
    await provider.stop();
  }
}

/** The timeouts an upstream is asked with, and the floors for advice on them. */
export function settingFor(
  { timeouts, retry }: Pick<Config, "timeouts" | "retry">,
): RunSettings {
  return { timeouts, retry, least: LEAST };
}

interface Naming {
  readonly simulated: boolean;
  readonly settingOf: (upstream: string) => RunSettings;
  readonly at: (upstream: string) => string;
}

function reportOf(
  { measured, mostAtOnce, ms, ended }: StressRun,
  { config: { upstreams }, turns, context, concurrency, seed }: StressPlan,
  { version, clock }: { readonly version: string; readonly clock: Clock },
  { simulated, settingOf, at }: Naming,
): StressReport {
  return {
    version,
    date: new Date(clock.wall()).toISOString(),
    plan: { turns, context, concurrency, seed, simulated },
    duration: ms,
    ended,
    upstreams: measured.map((one) => {
      const { upstream } = one.subject;
      const setting = settingOf(upstream);
      const named = simulated ? renamed(one) : one;
      const result = resultOf(named, setting.timeouts);
      const who = whoAnswered(named, { upstreams, mostAtOnce });
      return { ...result, at: at(upstream), who, verdict: adviseOn(result, who, setting) };
    }),
  };
}

/** Replaces the address of the simulated provider, which means nothing to the user. */
function renamed({ samples, exchanges, ...rest }: Measured): Measured {
  const named = (text: string) => text.replaceAll(/\b127\.0\.0\.1:\d+/g, "the provider");
  return {
    ...rest,
    samples: samples.map((one) => ({
      ...one,
      failure: one.failure === null ? null : named(one.failure),
    })),
    exchanges: exchanges.map((one) => ({
      ...one,
      notes: one.notes.map((note) => ({ ...note, message: named(note.message) })),
    })),
  };
}

function hostOf(baseUrl: string | undefined): string {
  return baseUrl === undefined ? "" : new URL(baseUrl).host;
}
