/**
 * The tables of a report, cell by cell: what the text and the page both show.
 *
 * @module
 */

import { showDuration } from "../../base/units.ts";
import type { AnsweredSample, Result } from "../figures/result.ts";
import { turnName, type WhoAnswered } from "../figures/who_answered.ts";
import type { Percentiles } from "../figures/spread.ts";

/** A table: the first row is its head. */
export type Rows = readonly (readonly string[])[];

/** The waits and the speed of one upstream. */
export function spreadRows({ times }: Result): Rows {
  return [
    ["", "p50", "p90", "p99", "longest", "count"],
    spread("response head", times.head),
    spread("first token", times.firstToken),
    spread("between events", times.gap),
    spread("longest silence", times.silence),
    spread("complete turn", times.total),
    spread("tokens a second", times.tokensPerSecond, showRate),
  ];
}

/** What each turn cost as the context grew. */
export function growthRows({ growth }: Result): Rows {
  return [
    ["turn", "input", "cached", "output", "first token", "complete turn", "tokens/s"],
    ...growth.map((row) => [
      String(row.turn),
      showCount(row.inputTokens),
      showCount(row.cachedTokens),
      showCount(row.outputTokens),
      row.firstToken === null ? "-" : showDuration(row.firstToken),
      showDuration(row.total),
      row.tokensPerSecond === null ? "-" : showRate(row.tokensPerSecond),
    ]),
  ];
}

/** Who answered how many turns, and how many were with each at once; only a head where nobody else took part. */
export function whoRows({ answered, atOnce }: WhoAnswered): Rows {
  const head = ["answered by", "turns", "most at once", "concurrency"];
  if (answered.length < 2 && atOnce.every(({ limit }) => limit === null)) return [head];
  return [
    head,
    ...answered.map(({ upstream, model, key, turns }) => {
      const lane = atOnce.find(({ name }) => name === (key ?? upstream));
      return [
        `${key ?? upstream}, ${model}`,
        showCount(turns),
        lane === undefined ? "-" : showCount(lane.most),
        lane?.limit == null ? "-" : showCount(lane.limit),
      ];
    }),
  ];
}

/** Every turn with who answered it, why, and what it waited for; only a head where {@link whoRows} has nothing. */
export function turnRows(
  { samples, who }: Pick<Result, "samples"> & { readonly who: WhoAnswered },
): Rows {
  const head = ["turn", "result", "answered by", "because of", "queued", "requests", "took"];
  if (whoRows(who).length < 2) return [head];
  const ordered = [...samples].sort((a, b) => a.at - b.at);
  return [head, ...ordered.map(turnRow)];
}

function turnRow({ answer, ...sample }: AnsweredSample): string[] {
  const { fallback = null, queued = null } = answer ?? {};
  return [
    turnName(sample),
    sample.outcome === "whole" ? "complete" : sample.outcome,
    answer === null ? "-" : answer.key ?? answer.upstream,
    fallback === null ? "-" : `${fallback.code ?? "unknown"}${fallback.asked ? "" : ", earlier"}`,
    queued === null ? "-" : showDuration(queued),
    answer === null ? "-" : showCount(answer.attempts),
    showDuration(sample.total),
  ];
}

/** The requests that broke, by code. */
export function brokenRows({ broken }: Result): Rows {
  const rows = Object.entries(broken).map(([code, n]) => [code, showCount(n)]);
  return [["requests that broke", "times"], ...rows];
}

/** A whole number with its thousands apart. */
export function showCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** Tokens a second. */
function showRate(value: number): string {
  return value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function spread(
  name: string,
  of: Percentiles | null,
  show: (value: number) => string = showDuration,
): string[] {
  if (!of) return [name, "-", "-", "-", "-", "0"];
  return [name, show(of.p50), show(of.p90), show(of.p99), show(of.max), showCount(of.count)];
}
