/**
 * A run as one HTML page: figures, sentences and charts, with everything it needs inside. It loads nothing from the
 * network, which its policy makes the browser enforce; without scripts the tables still show every figure.
 *
 * The charts are uPlot's (MIT), inlined; the data stands in a block of JSON in which no tag can begin.
 *
 * @module
 */

import { html, raw as unescaped } from "hono/html";
import { cleanAll } from "../../base/clean.ts";
import { chartLibrary, chartScript, inScript, pageStyle as look } from "../../base/page/assets.ts";
import { showDuration } from "../../base/units.ts";
import drawScript from "./charts.js" with { type: "text" };
import pageStyle from "./page.css" with { type: "text" };
import type { Assessed, StressReport } from "../report.ts";
import { brokenRows, growthRows, type Rows, spreadRows, turnRows, whoRows } from "./rows.ts";
import { totals } from "./text.ts";

/** What the browser may load: nothing but what stands in the page. */
const POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/** Turns that are listed for one upstream; `--json` has all. */
const MOST_TURNS = 1_000;

/** A part of the page; every text in it is escaped. */
type Html = ReturnType<typeof html>;

/** Writes the page. */
export function reportPage(given: StressReport): string {
  const report = cleanAll(given, ["yaml"]);
  const { plan, upstreams, ended } = report;
  const what = plan.simulated ? "simulated faults" : "real upstreams";
  return `${html`
    <!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta http-equiv="Content-Security-Policy" content="${unescaped(POLICY)}">
        <link rel="icon" href="data:,">
        <title>Codex Sidecar stress report</title>
        <style>${unescaped(look)}
    ${unescaped(pageStyle)}</style>
      </head>
      <body>
    <header>
    <h1>Stress report</h1>
    <p>${totals(report)}, in ${showDuration(report.duration)}${ended === null ? "" : html`
      <strong>Ended early: ${ended}.</strong>
    `}</p>
    <p class="plan">${what}; ${plan.turns} turns a conversation, up to ${plan.context
      .toLocaleString("en-US")} tokens of context, ${plan.concurrency} at once, seed ${plan
      .seed}; Codex Sidecar ${report.version}, ${report.date}</p>
    </header>
    ${upstreams.map(section)}
    <script type="application/json" id="data">${unescaped(
      inScript(upstreams.map(chartData)),
    )}</script>
    <script>${unescaped(chartLibrary)}</script>
    <script>${unescaped(`${chartScript}\n${drawScript}`)}</script>
      </body>
    </html>
  `}`;
}

function section(one: Assessed, at: number): Html {
  const { whole, lost } = one.turns;
  const state = lost > 0 ? "bad" : whole > 0 ? "good" : "none";
  const { words, yaml } = one.verdict;
  return html`<section>
<h2><span class="state ${state}">${whole}/${
    whole + lost
  }</span> ${one.upstream} <small>${one.at}, ${one.model}</small></h2>
<ul>${words.map((line) => html`<li>${line}</li>`)}</ul>
${
    yaml === null ? "" : html`
      <p>Put this into <code>config.yaml</code>:</p>
      <pre>${yaml}</pre>
    `
  }
<div class="charts" id="charts-${at}"></div>
<div class="tables">
${
    [
      spreadRows(one),
      growthRows(one),
      brokenRows(one),
      whoRows(one.who),
      turnRows(one).slice(0, MOST_TURNS + 1),
    ].map(table)
  }
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

function table([head = [], ...body]: Rows): Html | string {
  if (body.length === 0) return "";
  return html`
    <table>
      <thead>
        <tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr>
      </thead>
      <tbody>${body.map((cells) =>
        html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`
      )}</tbody>
    </table>
  `;
}
