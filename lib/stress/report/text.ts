/**
 * A run as sentences and columns, for a terminal or a log.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanAll } from "../../base/clean.ts";
import { showDuration } from "../../base/units.ts";
import type { Assessed, StressReport } from "../report.ts";
import { growthRows, type Rows, showCount, spreadRows } from "./rows.ts";

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
    ...(one.verdict.yaml === null ? [] : [
      "",
      "  Put this into config.yaml:",
      ...one.verdict.yaml.trimEnd().split("\n").map((line) => `    ${cyan(line)}`),
    ]),
  ];
}

/** Columns, the first to the left and the others to the right; nothing where there is only a head. */
function table(rows: Rows): string[] {
  if (rows.length < 2) return [];
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => (row[at] ?? "").length))
  );
  const pad = (cell: string, at: number) =>
    at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join("  ").trimEnd()}`);
}
