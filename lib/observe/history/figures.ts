/**
 * The figures of one finished turn, and what many of them come to: pure functions over lists.
 *
 * @module
 */

import type { Outcome } from "../observer.ts";
import type { Cost, Series, Usage, UsageBy, Used } from "./document.ts";

/** One finished turn in figures; no text of the user's or the provider's but names and codes. */
export interface Figures {
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  readonly upstream: string;
  /** The key of a pool, by its name; the upstream's where there is no pool. */
  readonly keyName: string;
  /** The user of a team's gateway; `""` where there are none. */
  readonly user: string;
  readonly model: string;
  readonly outcome: Outcome;
  readonly code: string | null;
  readonly firstContent: number | null;
  readonly longestSilence: number;
  readonly duration: number;
  readonly attempts: number;
  readonly replays: number;
  readonly heartbeats: number;
  readonly tokens: Used["tokens"] | null;
  readonly cost: Cost | null;
}

/** Whether the user was failed; a client that left was not. */
export function isLost({ outcome }: Pick<Figures, "outcome">): boolean {
  return outcome === "failed";
}

/** What all of them used, under a name. */
export function usedBy(name: string, figures: readonly Figures[]): Used {
  const tokens = { input: 0, cached: 0, output: 0, reasoning: 0 };
  const cost = new Map<string, number>();
  let unpriced = 0;
  let failed = 0;
  for (const one of figures) {
    if (isLost(one)) failed++;
    if (!one.tokens) continue;
    tokens.input += one.tokens.input;
    tokens.cached += one.tokens.cached;
    tokens.output += one.tokens.output;
    tokens.reasoning += one.tokens.reasoning;
    if (!one.cost) unpriced++;
    else cost.set(one.cost.currency, (cost.get(one.cost.currency) ?? 0) + one.cost.amount);
  }
  return {
    name,
    requests: figures.length,
    failed,
    tokens,
    cost: [...cost].map(([currency, amount]) => ({ currency, amount })),
    unpriced,
  };
}

/** What was used in a stretch of time, largest use first; days in their order. */
export function usageOf(
  figures: readonly Figures[],
  { since, until, by }: Pick<Usage, "since" | "until" | "by">,
): Usage {
  const taken = figures.filter(({ at }) => at >= since && at <= until);
  const groups = Map.groupBy(taken, (one) => nameOf(one, by));
  const rows = [...groups].map(([name, list]) => usedBy(name, list));
  const size = ({ tokens: { input, output } }: Used) => input + output;
  rows.sort((a, b) => by === "day" ? (a.name < b.name ? -1 : 1) : size(b) - size(a));
  return { format: 1, since, until, by, rows, total: usedBy("total", taken) };
}

function nameOf(one: Figures, by: UsageBy): string {
  switch (by) {
    case "model":
      return one.model;
    case "upstream":
      return one.upstream;
    case "key":
      return one.keyName;
    case "user":
      return one.user || "nobody by name";
    case "day":
      return dayOf(one.at);
  }
}

/** `2026-11-25` in local time. */
function dayOf(moment: number): string {
  const at = new Date(moment);
  const two = (number: number) => String(number).padStart(2, "0");
  return [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("-");
}

/** The most columns of a series. */
const MOST_COLUMNS = 60;
/** The least, so that one turn is a point in time and not all of it. */
const LEAST_COLUMNS = 10;
/** Widths of a column, in milliseconds: a minute to half a day. */
const WIDTHS = [1, 2, 5, 15, 30, 60, 120, 360, 720].map((minutes) => minutes * 60_000);

/** Figures over time until `now`: columns as narrow as their number permits. */
export function seriesOf(figures: readonly Figures[], now: number): Series {
  const oldest = figures.reduce((least, { at }) => Math.min(least, at), now);
  const widest = WIDTHS.at(-1) ?? 60_000;
  const width = WIDTHS.find((one) => (now - oldest) / one <= MOST_COLUMNS - 1) ?? widest;
  const last = Math.floor(now / width);
  const first = Math.min(
    Math.max(Math.floor(oldest / width), last - MOST_COLUMNS + 1),
    last - LEAST_COLUMNS + 1,
  );
  const columns = Map.groupBy(figures, ({ at }) => Math.floor(at / width));
  const out: Series = {
    at: [],
    requests: [],
    failed: [],
    firstContent50: [],
    firstContent90: [],
    gap50: [],
    gap90: [],
  };
  for (let column = first; column <= last; column++) {
    const list = columns.get(column) ?? [];
    const waits = sorted(list.flatMap(({ firstContent }) => firstContent ?? []));
    const gaps = sorted(list.map(({ longestSilence }) => longestSilence));
    out.at.push(column * width);
    out.requests.push(list.length);
    out.failed.push(list.filter(isLost).length);
    out.firstContent50.push(percentile(waits, 0.5));
    out.firstContent90.push(percentile(waits, 0.9));
    out.gap50.push(percentile(gaps, 0.5));
    out.gap90.push(percentile(gaps, 0.9));
  }
  return out;
}

function sorted(numbers: number[]): number[] {
  return numbers.sort((a, b) => a - b);
}

/** The smallest value that is not exceeded by `share` of an ascending list; `null` for an empty one. */
function percentile(ascending: readonly number[], share: number): number | null {
  return ascending[Math.max(0, Math.ceil(ascending.length * share) - 1)] ?? null;
}
