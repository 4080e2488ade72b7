/**
 * What the figures of one upstream mean for its settings, as sentences and as a piece of config.yaml.
 *
 * A timeout that is too short ends answers that would have come. One that is too long wastes minutes on a provider
 * that stalled. A few times the longest wait of a good answer is right.
 *
 * @module
 */

import { showDuration } from "../../base/units.ts";
import type { Retry, Timeouts } from "../../config/config.ts";
import { cacheSentences } from "./cache_use.ts";
import type { WhoAnswered } from "./who_answered.ts";
import { whoSentences } from "./who_answered_words.ts";
import type { Result } from "./result.ts";
import { ADVISED_TIMEOUTS, count, summary, times, waitSentences } from "./messages.ts";

/** One setting that should change. */
export interface Advice {
  /** Its key below the upstream: `timeouts.silence`. */
  readonly setting: string;
  /** As it is written in config.yaml. */
  readonly value: string;
  /** Why, half a sentence. */
  readonly why: string;
}

/** What is advised for one upstream. */
export interface StressVerdict {
  readonly words: readonly string[];
  readonly advice: readonly Advice[];
  /** The piece of config.yaml with the advice; `null` where the settings are right. */
  readonly yaml: string | null;
}

/** What the run was made with. */
export interface RunSettings {
  readonly timeouts: Timeouts;
  readonly retry: Retry;
  /** No timeout is advised below these, in milliseconds: a short run proves little. */
  readonly least: Omit<Timeouts, "connect">;
}

/** The floors for a real provider. */
export const LEAST: RunSettings["least"] = {
  head: 60_000,
  firstEvent: 120_000,
  silence: 60_000,
  progress: 180_000,
};

/** A good answer may take this many times what the worst one took. */
const MARGIN = 4;

/** Advises on one upstream. */
export function adviseOn(
  result: Result,
  who: WhoAnswered,
  setting: RunSettings,
): StressVerdict {
  const advice = [
    ...ADVISED_TIMEOUTS.flatMap((timeout) => adviseTimeout(timeout, result, setting)),
    ...adviseRetry(result, setting),
  ];
  return {
    words: [
      ...summary(result),
      ...whoSentences(result.upstream, who),
      ...cacheSentences(result.cache),
      ...waitSentences(result, setting.timeouts, advice.length === 0),
    ],
    advice,
    yaml: advice.length > 0 ? snippet(result.upstream, advice) : null,
  };
}

function adviseTimeout(
  { name, key, code, waits }: (typeof ADVISED_TIMEOUTS)[number],
  { broken, brokenAtFallbacks, errors, needed }: Result,
  { timeouts, least }: RunSettings,
): Advice[] {
  const now = timeouts[name];
  // A fallback has timeouts of its own
  const cut = (broken[code] ?? 0) - (brokenAtFallbacks[code] ?? 0);
  const lost = errors[code] ?? 0;
  const worst = needed[name];
  const advise = (value: number, why: string): Advice[] => [
    { setting: `timeouts.${key}`, value: written(value), why },
  ];
  const wanted = worst === null ? undefined : rounded(Math.max(worst * MARGIN, least[name]));
  if (cut > 0 && lost > 0) {
    return advise(
      rounded(now * 2),
      `${times(lost)} no attempt succeeded within ${
        showDuration(now)
      } ${waits}; if the provider is only slow, twice as long lets it finish`,
    );
  }
  if (cut > 0 && wanted !== undefined && wanted < now) {
    return advise(
      wanted,
      `the provider stalled ${times(cut)} ${waits}, and its good answers never waited longer than ${
        showDuration(worst ?? 0)
      }: ${showDuration(now)} is longer than needed`,
    );
  }
  if (cut > 0) {
    return advise(
      now,
      `this timeout ended a wait ${waits} ${times(cut)}, and another attempt succeeded: keep it`,
    );
  }
  if (worst !== null && worst > now / 2) {
    return advise(
      rounded(worst * 2),
      `a good answer waited ${showDuration(worst)} ${waits}, close to the limit of ${
        showDuration(now)
      }`,
    );
  }
  return [];
}

function adviseRetry({ errors }: Result, { retry }: RunSettings): Advice[] {
  const busy = count(errors, ["overloaded", "rate_limited"]);
  if (busy > 0) {
    return [{
      setting: "retry.max_wait",
      value: written(rounded(Math.max(retry.maxWait * 2, 60_000))),
      why: `${times(busy)} the provider was still too busy after ${
        showDuration(retry.maxWait)
      } of waiting`,
    }];
  }
  const broken = count(errors, [
    "truncated",
    "broken_stream",
    "empty_answer",
    "bad_answer",
    "unreachable",
  ]);
  if (broken === 0 || retry.attempts >= 100) return [];
  return [{
    setting: "retry.attempts",
    value: String(Math.min(100, retry.attempts * 2)),
    why: `${times(broken)} none of ${retry.attempts} attempts brought a complete answer`,
  }];
}

/** `upstreams:` with one upstream and what should change, each line with its reason. */
function snippet(upstream: string, advice: readonly Advice[]): string {
  const lines = [
    "upstreams:",
    `  ${/^[a-z][\w-]*$/i.test(upstream) ? upstream : JSON.stringify(upstream)}:`,
  ];
  for (const section of ["timeouts", "retry"]) {
    const here = advice.filter(({ setting }) => setting.startsWith(`${section}.`));
    if (here.length === 0) continue;
    lines.push(`    ${section}:`);
    for (const { setting, value, why } of here) {
      lines.push(`      # ${why}`, `      ${setting.slice(section.length + 1)}: ${value}`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** Rounds up to a number that people would choose: 100 ms, a second, five seconds, half a minute, a minute. */
function rounded(ms: number): number {
  const step = ms < 1_000
    ? 100
    : ms < 10_000
    ? 1_000
    : ms < 60_000
    ? 5_000
    : ms < 300_000
    ? 30_000
    : 60_000;
  return Math.min(24 * 3_600_000, Math.max(100, Math.ceil(ms / step) * step));
}

/** A duration as config.yaml takes it. */
function written(ms: number): string {
  if (ms % 60_000 === 0) return `${ms / 60_000}m`;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
