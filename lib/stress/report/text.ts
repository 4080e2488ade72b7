/**
 * A run as sentences and columns, for a terminal or a log.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanAll } from "../../base/clean.ts";
import { showDuration } from "../../base/units.ts";
import type { Assessed, StressReport } from "../report.ts";
import { growthRows, type Rows, showCount, spreadRows, turnRows, whoRows } from "./rows.ts";

/** Turns that are listed for one upstream. */
const MOST_TURNS = 24;

/** Writes the report. */
export function reportText(raw: StressReport, color: boolean): string {
  const report = cleanAll(raw, ["yaml"]);
  const { bold, yellow } = createColors(color);
  const lines = report.upstreams.flatMap((upstream) => [...block(upstream, color), ""]);
  const ended = report.ended === null ? "" : `; ${yellow(`ended early: ${report.ended}`)}`;
  return [
    "",
    ...lines,
    `${bold("In all")} ${totals(report)}, in ${showDuration(report.duration)}${ended}`,
    "",
  ].join("\n");
}

/** Complete answers and tokens of the run: `12 of 12 answers complete, 1,234 tokens up, 56 down`. */
export function totals({ upstreams }: StressReport): string {
  const sum = (of: (one: Assessed) => number) => upstreams.reduce((all, one) => all + of(one), 0);
  const whole = sum(({ turns }) => turns.whole);
  const all = whole + sum(({ turns }) => turns.lost);
  return `${whole} of ${all} answers complete, ${
    showCount(sum(({ tokens }) => tokens.input))
  } tokens up, ` +
    `${showCount(sum(({ tokens }) => tokens.output))} down`;
}

function block(one: Assessed, color: boolean): string[] {
  const { bold, dim, green, red, cyan } = createColors(color);
  const good = one.turns.lost === 0;
  const sign = good ? green("✓") : red("✗");
  return [
    `${sign} ${bold(one.upstream)} ${dim(`${one.at}, ${one.model}`)}`,
    ...one.verdict.words.map((line) => `  ${line}`),
    "",
    ...table(spreadRows(one)),
    "",
    ...table(growthRows(one)),
    ...apart(table(whoRows(one.who))),
    ...apart(turnLines(turnRows(one))),
    ...(one.verdict.yaml === null ? [] : [
      "",
      "  Put this into config.yaml:",
      ...one.verdict.yaml.trimEnd().split("\n").map((line) => `    ${cyan(line)}`),
    ]),
  ];
}

/** Behind an empty line, where there is something. */
function apart(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", ...lines];
}

/** The first turns, and how many there are besides. */
function turnLines(rows: Rows): string[] {
  const more = rows.length - 1 - MOST_TURNS;
  return [
    ...table(rows.slice(0, MOST_TURNS + 1), 4),
    ...(more > 0 ? [`  and ${showCount(more)} more: --json has all`] : []),
  ];
}

/** Columns, the first ones to the left and the others to the right; nothing where there is only a head. */
function table(rows: Rows, left = 1): string[] {
  if (rows.length < 2) return [];
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? "").length))
  );
  const pad = (cell: string, at: number) =>
    at < left ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join("  ").trimEnd()}`);
}
