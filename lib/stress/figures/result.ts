/**
 * Turns what was measured of a subject into figures: plain data, the same for the text, `--json` and the page.
 *
 * @module
 */

import { DEADLINE_CODES, type FailureCode } from "../../base/errors.ts";
import type { Timeouts } from "../../config/config.ts";
import type { ExchangeRecord } from "../../observe/observer.ts";
import { type CacheUse, cacheUse } from "./cache_use.ts";
import type { Measured } from "../measured.ts";
import type { Sample } from "../sample.ts";
import { type Percentiles, percentilesOf } from "./spread.ts";
import { isOwn, type TurnAnswer, turnAnswers, turnName } from "./who_answered.ts";

/** How often each failure code was met. */
export type Counts = Readonly<Partial<Record<FailureCode, number>>>;

/** One length of context. */
export interface Growth {
  readonly turn: number;
  readonly turns: number;
  /** Input tokens, the provider's count where there is one; medians all. */
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly firstToken: number | null;
  readonly total: number;
  readonly tokensPerSecond: number | null;
}

/** The figures of a subject. All times in milliseconds. */
export interface Result {
  readonly upstream: string;
  readonly model: string;
  readonly turns: { readonly whole: number; readonly lost: number; readonly stopped: number };
  /** Requests that went up for its turns, retries and fallbacks included. */
  readonly attempts: number;
  /** Requests that broke, by code; the sidecar recovered most of them. */
  readonly broken: Counts;
  /** Those of them that broke at a fallback. */
  readonly brokenAtFallbacks: Counts;
  /** How lost turns failed, by code. */
  readonly errors: Counts;
  /** Of the broken requests: how many ended early, and how many a timeout ended. */
  readonly truncated: number;
  readonly stalled: number;
  /** Requests sent again after the client had a part of the answer. */
  readonly replays: number;
  readonly heartbeats: number;
  /** What clients of lost turns read, each once. */
  readonly failures: readonly string[];
  /** Rules of the output grammar that streams broke. */
  readonly grammar: readonly string[];
  readonly times: {
    /** The upstream's own response head, where the first request did it. */
    readonly head: Percentiles | null;
    /** To the client's first text, reasoning or argument, retries included. */
    readonly firstToken: Percentiles | null;
    /** Between two events. */
    readonly gap: Percentiles | null;
    /** The longest wait for bytes in each turn. */
    readonly silence: Percentiles | null;
    readonly total: Percentiles | null;
    readonly tokensPerSecond: Percentiles | null;
  };
  readonly tokens: { readonly input: number; readonly cached: number; readonly output: number };
  /** How much of the input came from the provider's prompt cache. */
  readonly cache: CacheUse;
  /** By turn: the context grows with each. */
  readonly growth: readonly Growth[];
  readonly samples: readonly AnsweredSample[];
  /** The longest waits of good answers: what advice on timeouts is based on. */
  readonly needed: Needed;
}

/** A turn, and who answered it; `null` where the sidecar recorded nothing of it. */
export type AnsweredSample = Sample & { readonly answer: TurnAnswer | null };

/** The longest waits in turns that the first request answered completely; `null` where there was none. */
export interface Needed {
  readonly head: number | null;
  readonly firstEvent: number | null;
  readonly silence: number | null;
  readonly progress: number | null;
}

/** Codes of an answer that ended early. */
const TRUNCATIONS: readonly FailureCode[] = ["truncated", "broken_stream", "empty_answer"];

/** Computes the figures. */
export function resultOf(measured: Measured, { silence }: Pick<Timeouts, "silence">): Result {
  const { subject, samples, exchanges, gaps } = measured;
  const records = exchanges.map(({ record }) => record);
  const own = exchanges.filter((exchange) => isOwn(exchange, subject)).map(({ record }) => record);
  const notes = exchanges.flatMap(({ notes }) => notes);
  const answers = turnAnswers(measured);
  const whole = samples.filter(({ outcome }) => outcome === "whole");
  const lost = samples.filter(({ outcome }) => outcome === "lost");
  const ends = records.filter(({ outcome, code }) =>
    outcome !== "client_gone" && code !== "shutting_down"
  );
  const errors = countCodes(ends);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  // A stall behind a finished tool call completes the answer, and only the record shows it
  const hidden = own.filter(({ attempts, outcome, longestSilence }) =>
    attempts === 1 && outcome === "completed" && longestSilence >= silence
  );
  const first = own.filter((record) =>
    record.attempts === 1 && record.outcome === "completed" && !hidden.includes(record)
  );
  const broken = countCodes([
    ...notes,
    ...ends,
    ...hidden.map(() => ({ code: "silence" } as const)),
  ]);
  const atFallback = (each: { readonly upstream: string }) => each.upstream !== subject.upstream;
  const many = (codes: readonly FailureCode[]) => sum(codes.map((code) => broken[code] ?? 0));
  return {
    upstream: subject.upstream,
    model: subject.model,
    turns: {
      whole: whole.length,
      lost: lost.length,
      stopped: samples.length - whole.length - lost.length,
    },
    attempts: sum(records.map(({ attempts }) => attempts)),
    broken,
    brokenAtFallbacks: countCodes([...notes, ...ends].filter(atFallback)),
    errors,
    truncated: many(TRUNCATIONS),
    stalled: many(DEADLINE_CODES),
    replays: sum(records.map(({ replays }) => replays)),
    heartbeats: sum(records.map(({ heartbeats }) => heartbeats)),
    failures: once(lost.map(({ failure }) => failure)),
    grammar: once(samples.map(({ grammar }) => grammar)),
    times: {
      head: percentilesOf(first.map(headOf)),
      firstToken: percentilesOf(whole.map(({ firstToken }) => firstToken)),
      gap: gaps.percentiles(),
      silence: percentilesOf(ends.map(({ longestSilence }) => longestSilence)),
      total: percentilesOf(whole.map(({ total }) => total)),
      tokensPerSecond: percentilesOf(whole.map(({ tokensPerSecond }) => tokensPerSecond)),
    },
    tokens: {
      input: sum(samples.map(({ inputTokens, context }) => inputTokens ?? context)),
      cached: sum(samples.map(({ cachedTokens }) => cachedTokens ?? 0)),
      output: sum(samples.map(({ outputTokens }) => outputTokens)),
    },
    cache: cacheUse(samples),
    growth: growthOf(whole),
    samples: samples.map((sample) => ({
      ...sample,
      answer: answers.get(turnName(sample)) ?? null,
    })),
    needed: neededBy(first, records.length, whole),
  };
}

function countCodes(failures: readonly { readonly code?: FailureCode }[]): Counts {
  const counts: Partial<Record<FailureCode, number>> = {};
  for (const { code } of failures) if (code !== undefined) counts[code] = (counts[code] ?? 0) + 1;
  return counts;
}

function growthOf(whole: readonly Sample[]): Growth[] {
  const turns = [...new Set(whole.map(({ turn }) => turn))].sort((a, b) => a - b);
  return turns.map((turn) => {
    const here = whole.filter((sample) => sample.turn === turn);
    const middle = (of: (sample: Sample) => number | null) =>
      percentilesOf(here.map(of))?.p50 ?? null;
    return {
      turn,
      turns: here.length,
      inputTokens: middle(({ inputTokens, context }) => inputTokens ?? context) ?? 0,
      cachedTokens: middle(({ cachedTokens }) => cachedTokens) ?? 0,
      outputTokens: middle(({ outputTokens }) => outputTokens) ?? 0,
      firstToken: middle(({ firstToken }) => firstToken),
      total: middle(({ total }) => total) ?? 0,
      tokensPerSecond: middle(({ tokensPerSecond }) => tokensPerSecond),
    };
  });
}

function neededBy(
  first: readonly ExchangeRecord[],
  all: number,
  whole: readonly Sample[],
): Needed {
  const worst = (values: readonly (number | null)[]) => {
    const known = values.filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) : null;
  };
  // Between two events there is at least the silence of that time; the longest silence of all may have been before them
  const silences = worst(first.map(({ longestSilence }) => longestSilence));
  const gaps = worst(first.length === all ? whole.map(({ longestGap }) => longestGap) : []);
  return {
    head: worst(first.map(headOf)),
    firstEvent: worst(
      first.map(({ head, firstContent }) =>
        head === null || firstContent === null ? null : firstContent - head
      ),
    ),
    silence: silences === null || gaps === null ? null : Math.min(silences, gaps),
    progress: gaps,
  };
}

/** The upstream's own time to a response head: a wait in the queue comes before it. */
function headOf({ head, queued = 0 }: ExchangeRecord): number | null {
  return head === null ? null : Math.max(0, head - queued);
}

function once(texts: readonly (string | null)[]): string[] {
  return [...new Set(texts.filter((text) => text !== null))];
}
