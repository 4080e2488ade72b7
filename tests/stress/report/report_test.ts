import { deepEqual, equal, match, ok } from "node:assert/strict";
import { parseJson } from "../../../lib/base/json.ts";
import type { StressReport } from "../../../lib/stress/report.ts";
import { reportPage } from "../../../lib/stress/report/page.ts";
import { reportText, totals } from "../../../lib/stress/report/text.ts";
import { percentilesOf, Spread } from "../../../lib/stress/figures/spread.ts";
import { stressFaults } from "../stress.ts";

const NASTY = "</script><img src=x onerror=alert(1)>\u2028\"'&amp;";

/** One real run for all tests that only read it. */
let ran: Promise<StressReport> | undefined;
const realRun = () => ran ??= stressFaults(["none", "stall-mid-text", "bad-key-401"]);

/** The run, its words replaced by the worst a provider could say. */
async function nasty(): Promise<StressReport> {
  const report = await realRun();
  return {
    ...report,
    ended: NASTY,
    upstreams: report.upstreams.map((one) => ({
      ...one,
      upstream: `${one.upstream}${NASTY}`,
      model: NASTY,
      at: NASTY,
      samples: one.samples.map((sample) => ({ ...sample, failure: NASTY })),
      verdict: { ...one.verdict, words: [NASTY], yaml: NASTY },
    })),
  };
}

Deno.test("report_page: nothing a provider says becomes markup, and nothing is asked of the network", async () => {
  const page = reportPage(await nasty());
  ok(!page.includes("<img src=x"), "a tag came through");
  const scripts = [...page.matchAll(/<script[^>]*>([\s\S]*?)<\/script>/g)];
  ok(scripts.every(([script]) => !script.includes("\u2028")), "a line separator in a script");
  deepEqual(
    { scripts: scripts.length, ends: page.match(/<\/script>/g)?.length },
    { scripts: 3, ends: 3 },
    "a script was ended early",
  );
  const outside = page.replaceAll(/<script[\s\S]*?<\/script>|<style[\s\S]*?<\/style>/g, "");
  deepEqual(outside.match(/\b(?:src|href|action|data-src)\s*=\s*"(?!data:)[^"]*"/g), null);
  ok(
    !/@import|url\((?!["']?data:)/.test(page.match(/<style>([\s\S]*?)<\/style>/)?.[1] ?? "@import"),
  );
  match(
    page,
    /Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"/,
  );
});

Deno.test("report_page: its data is JSON again, with a chart's columns of one length", async () => {
  const page = reportPage(await nasty());
  const text = /<script type="application\/json" id="data">([\s\S]*?)<\/script>/.exec(page)?.[1];
  const data = parseJson(text ?? "") as unknown as Record<string, unknown[]>[];
  equal(data.length, 3);
  for (const one of data) {
    for (const column of ["firstToken", "total", "input", "output", "rate"]) {
      equal(one[column]?.length, one.context?.length, column);
    }
    for (const column of ["gap", "turn", "lost"]) {
      equal(one[column]?.length, one.at?.length, column);
    }
  }
  deepEqual([data[0]?.context?.length, data[1]?.context?.length, data[2]?.context?.length], [
    2,
    2,
    0,
  ]);
  for (const at of data.keys()) ok(page.includes(`id="charts-${at}"`));
});

/** A page as far as the drawing script knows one. */
function stubPage(json: string) {
  const plots: { options: { title: string }; columns: unknown[][] }[] = [];
  class uPlot {
    constructor(options: { title: string }, columns: unknown[][]) {
      plots.push({ options, columns });
    }
    setSize() {}
  }
  const box = { append() {}, clientWidth: 400, textContent: json };
  const document = { getElementById: () => box, createElement: () => box, documentElement: {} };
  const getComputedStyle = () => ({ getPropertyValue: () => " #000" });
  const matchMedia = () => ({ addEventListener() {} });
  return { plots, scope: { document, getComputedStyle, matchMedia, uPlot, addEventListener() {} } };
}

Deno.test("report_charts: it draws every chart there is data for", async () => {
  const page = reportPage(await realRun());
  const json = /id="data">([\s\S]*?)<\/script>/.exec(page)?.[1] ?? "";
  const draw = [...page.matchAll(/<script>([\s\S]*?)<\/script>/g)].at(-1)?.[1] ?? "";
  const { plots, scope } = stubPage(json);
  new Function(...Object.keys(scope), draw)(...Object.values(scope));
  const complete = [
    "First token and complete turn by context",
    "Tokens paid for, by context",
    "Tokens a second, by context",
    "Turns over time",
  ];
  // Of an upstream that completed no turn there is only when it lost them
  deepEqual(plots.map(({ options }) => options.title), [
    ...complete,
    ...complete,
    "Turns over time",
  ]);
  for (const { columns } of plots) equal(new Set(columns.map(({ length }) => length)).size, 1);
});

Deno.test("report_text: it holds the verdict, the figures and the piece of config.yaml", async () => {
  const report = await realRun();
  const text = reportText(report, false);
  for (
    const part of [
      /✓ stall-mid-text a provider that is silent for ever in the middle of the text, sim-1/,
      /2 of 2 answers were complete/,
      /2 × silence/,
      / {2}first token +\d/,
      / {2}turn +input +cached/,
      /Put this into config\.yaml:\n {4}upstreams:\n {6}stall-mid-text:\n {8}timeouts:\n {10}# .*\n {10}silence: 2600ms/,
      /✗ bad-key-401/,
      /Invalid API Key/,
      /In all 4 of 5 answers complete/,
    ]
  ) match(text, part);
  // deno-lint-ignore no-control-regex
  ok(!/\x1b/.test(text), "colour where none was asked for");
  match(totals(report), /^4 of 5 answers complete, [\d,]+ tokens up, [\d,]+ down$/);
});

Deno.test("spread: percentiles are right to three digits, and nothing is nothing", () => {
  const spread = new Spread();
  equal(spread.percentiles(), null);
  for (let value = 1; value <= 1_000; value++) spread.record(value);
  const { count, p50, p90, p99, max } = spread.percentiles() ?? {} as never;
  equal(count, 1_000);
  for (const [got, wanted] of [[p50, 500], [p90, 900], [p99, 990], [max, 1_000]] as const) {
    ok(Math.abs(got - wanted) <= wanted * 0.002, `${got} for ${wanted}`);
  }
  const day = percentilesOf([24 * 3_600_000 + 5, null, 0.001]);
  equal(day?.count, 2);
  ok(Math.abs((day?.max ?? 0) - 24 * 3_600_000) < 24 * 3_600);
});
