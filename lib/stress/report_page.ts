/**
 * A run as one HTML page: figures, words and charts, with everything it needs inside. It asks no network for anything
 * and says so in a policy that the browser enforces; without scripts the tables still say it all.
 *
 * The charts are uPlot's (MIT), inlined; the data stands in a block of JSON in which no tag can begin.
 *
 * @module
 */

import chartStyle from "uplot/dist/uPlot.min.css" with { type: "text" };
import chartScript from "uplot/dist/uPlot.iife.min.js" with { type: "text" };
import { cleanAll } from "../base/clean.ts";
import { showDuration } from "../base/units.ts";
import drawScript from "./report_charts.js" with { type: "text" };
import pageStyle from "./report_page.css" with { type: "text" };
import type { Assessed, StressReport } from "./report.ts";
import { brokenRows, growthRows, type Rows, spreadRows } from "./report_rows.ts";
import { totals } from "./report_text.ts";

/** Writes the page. */
export function reportPage(raw: StressReport): string {
  const report = cleanAll(raw, ["yaml"]);
  const { plan, upstreams } = report;
  const what = plan.simulated ? "simulated faults" : "real upstreams";
  const policy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,">
<title>Codex Sidecar stress report</title>
<style>${chartStyle}
${pageStyle}</style>
</head>
<body>
<header>
<h1>Stress report</h1>
<p>${text(totals(report))}, in ${text(showDuration(report.duration))}${
    report.ended === null ? "" : ` <strong>Ended early: ${text(report.ended)}.</strong>`
  }</p>
<p class="plan">${text(what)}; ${plan.turns} turns a conversation, up to ${
    plan.context.toLocaleString("en-US")
  } tokens of context, ${plan.concurrency} at once, seed ${plan.seed}; Codex Sidecar ${
    text(report.version)
  }, ${text(report.date)}</p>
</header>
${upstreams.map(section).join("\n")}
<script type="application/json" id="data">${inScript(upstreams.map(chartData))}</script>
<script>${chartScript}</script>
<script>${drawScript}</script>
</body>
</html>
`;
}

function section(one: Assessed, at: number): string {
  const { whole, lost } = one.turns;
  const state = lost > 0 ? "bad" : whole > 0 ? "good" : "none";
  const yaml = one.verdict.yaml === null
    ? ""
    : `<p>Put this into <code>config.yaml</code>:</p><pre>${text(one.verdict.yaml)}</pre>`;
  return `<section>
<h2><span class="state ${state}">${whole}/${whole + lost}</span> ${text(one.upstream)} <small>${
    text(`${one.at}, ${one.model}`)
  }</small></h2>
<ul>${one.verdict.words.map((line) => `<li>${text(line)}</li>`).join("")}</ul>
${yaml}
<div class="charts" id="charts-${at}"></div>
<div class="tables">
${[spreadRows(one), growthRows(one), brokenRows(one)].map(table).join("\n")}
</div>
</section>`;
}

/** What the charts of one upstream are drawn from: columns, `null` where there is nothing. */
function chartData({ upstream, samples }: Assessed) {
  const whole = samples.filter(({ outcome }) => outcome === "whole");
  const byContext = [...whole].sort((a, b) =>
    (a.inputTokens ?? a.context) - (b.inputTokens ?? b.context)
  );
  const byTime = [...samples].sort((a, b) => a.at - b.at);
  return {
    upstream,
    context: byContext.map(({ inputTokens, context }) => inputTokens ?? context),
    firstToken: byContext.map(({ firstToken }) => firstToken),
    total: byContext.map(({ total }) => total),
    input: byContext.map(({ inputTokens, context, cachedTokens }) =>
      (inputTokens ?? context) - (cachedTokens ?? 0)
    ),
    output: byContext.map(({ outputTokens }) => outputTokens),
    rate: byContext.map(({ tokensPerSecond }) => tokensPerSecond),
    at: byTime.map(({ at }) => at / 1_000),
    gap: byTime.map(({ outcome, longestGap }) => outcome === "whole" ? longestGap : null),
    turn: byTime.map(({ outcome, total }) => outcome === "whole" ? total : null),
    lost: byTime.map(({ outcome, total }) => outcome === "lost" ? total : null),
  };
}

function table([head = [], ...body]: Rows): string {
  if (body.length === 0) return "";
  const line = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map((cell) => `<${tag}>${text(cell)}</${tag}>`).join("")}</tr>`;
  return `<table><thead>${line(head, "th")}</thead><tbody>${
    body.map((cells) => line(cells, "td")).join("")
  }</tbody></table>`;
}

/** Text as HTML: nothing in it can begin a tag, an entity or an attribute. */
function text(value: string): string {
  return value.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

/** JSON inside a script element: no `<` can end it. */
function inScript(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c").replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
