import { deepEqual, equal, match, ok } from "node:assert/strict";
import { cleanAll } from "../../lib/base/clean.ts";
import { systemRandom } from "../../lib/base/clock.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import { json } from "../../lib/simulate/script.ts";
import { settingFor, type StressReport, stressUpstreams } from "../../lib/stress/report.ts";
import { reportPage } from "../../lib/stress/report/page.ts";
import { reportText } from "../../lib/stress/report/text.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";
import { deaf, stressFaults } from "./stress.ts";

/** The names and numbers of a report that are the same in each run. */
function told({ upstreams }: StressReport) {
  return upstreams.map(({ upstream, turns, who, samples }) => ({
    upstream,
    turns,
    answered: who.answered.map(({ upstream, turns }) => `${upstream} ${turns}`).sort(),
    fallbacks: who.fallbacks.turns,
    atOnce: who.atOnce.find(({ name }) => name === upstream),
    waited: who.queue?.count ?? 0,
    byTurn: samples.map(({ turn, answer }) => `${turn} ${answer?.upstream}`).sort(),
  }));
}

Deno.test("who answered: a failover and a queue are in the text, the JSON and the page", async () => {
  const report = await stressFaults(["failover", "queue"], { turns: 2, concurrency: 3 });
  const [failover, queue] = told(report);
  deepEqual({ ...failover, atOnce: undefined }, {
    upstream: "failover",
    turns: { whole: 6, lost: 0, stopped: 0 },
    answered: ["failover 3", "spare 3"],
    fallbacks: 3,
    atOnce: undefined,
    waited: 0,
    byTurn: ["1 failover", "1 failover", "1 failover", "2 spare", "2 spare", "2 spare"],
  });
  deepEqual({ ...queue, waited: (queue?.waited ?? 0) > 0 }, {
    upstream: "queue",
    turns: { whole: 6, lost: 0, stopped: 0 },
    answered: ["queue 6"],
    fallbacks: 0,
    atOnce: { name: "queue", most: 2, limit: 2 },
    waited: true,
    byTurn: Array.from({ length: 6 }, (_, at) => `${at < 3 ? 1 : 2} queue`),
  });
  deepEqual(report.upstreams[1]?.broken, {}, "the queue let a request run into the limit");
  // As the command prints it
  const printed: StressReport = JSON.parse(JSON.stringify(cleanAll(report, ["yaml"])));
  deepEqual(told(printed), told(report));
  const second = report.upstreams[0]?.samples.find(({ turn }) => turn === 2)?.answer?.fallback;
  match(second?.message ?? "", /spare is asked instead/);
  const parts = [
    /3 of 6 complete turns were answered by a fallback: /,
    /\d+ turns? waited in the queue of queue: .+ in the median, .+ at most\./,
    /Most requests at once: 2 with queue \(concurrency: 2\)\./,
  ];
  const text = reportText(report, false);
  const page = reportPage(report);
  for (const part of parts) {
    match(text, part);
    match(page, part);
  }
  match(text, /^ {2}\d\.2 +complete +spare +(?:overloaded|broken_stream)/m);
  match(page, /<td>\d\.2<\/td>\s*<td>complete<\/td>\s*<td>spare<\/td>/);
  equal(text.match(/^ {2}turn +result +answered by/gm)?.length, 2);
});

Deno.test("who answered: names of a hostile settings file stay text in the page", async () => {
  const report = await stressFaults(["failover"], { turns: 2 });
  const nasty = "</td><img src=x onerror=alert(1)>";
  const page = reportPage({
    ...report,
    upstreams: report.upstreams.map((one) => ({
      ...one,
      who: {
        ...one.who,
        answered: one.who.answered.map((each) => ({ ...each, upstream: nasty, model: nasty })),
      },
      samples: one.samples.map((sample) => ({
        ...sample,
        answer: sample.answer && { ...sample.answer, upstream: nasty, key: nasty },
      })),
    })),
  });
  ok(page.includes("&lt;/td&gt;&lt;img src=x"), "it is not shown at all");
  ok(!page.includes("<img"), "a tag came through");
});

Deno.test("who answered: an upstream with nobody behind it says nothing of it", async () => {
  const report = await stressFaults(["none"], { turns: 1 });
  deepEqual(report.upstreams[0]?.who.answered.map(({ turns }) => turns), [1]);
  ok(!/fallback|queue|answered by/.test(reportText(report, false)));
});

Deno.test("who answered: a wait in the queue is no reason for a longer timeout", async () => {
  // Four rounds of 400 ms: the last head comes after more than half of timeouts.head
  const report = await stressFaults(["queue"], { turns: 1, concurrency: 8 });
  const [one] = report.upstreams;
  deepEqual([one?.turns.whole, one?.verdict.advice], [8, []]);
  ok((one?.who.queue?.max ?? 0) > (one?.needed.head ?? Infinity));
});

Deno.test("who answered: a pool of keys and a fallback of config.yaml, as the run met them", async () => {
  const spent = { message: "You exceeded your current quota", type: "insufficient_quota" };
  const provider = await startProvider({
    script: ({ headers, path }, n) => {
      if (path.startsWith("/down/")) return json(500, { error: { message: "Internal error" } });
      return headers.authorization === "Bearer key-one"
        ? json(429, { error: { ...spent, code: "insufficient_quota" } })
        : goodScript({ wire: "responses", text: "Well.", seed: `${n}` });
    },
  });
  const root = provider.url.replace(/\/v1$/, "");
  const yaml = `upstreams:
  pool: { base_url: "${root}/pool/v1", wire: responses, models: [m], api_key: [env:ONE, env:TWO], fallback: [spare] }
  down: { base_url: "${root}/down/v1", wire: responses, models: [m], fallback: [spare], retry: { before_fallback: 1 } }
  spare: { base_url: "${root}/spare/v1", wire: responses, models: [n] }
`;
  try {
    const config = await loadConfig({
      file: "c.yaml",
      env: {},
      flags: {},
      readFile: () => Promise.resolve(yaml),
    });
    const report = await stressUpstreams(
      {
        config,
        subjects: ["pool", "down"].map((upstream) => ({ upstream, model: "m" })),
        turns: 2,
        context: 500,
        concurrency: 1,
        seed: 1,
        idle: 10_000,
      },
      {
        clock: fastClock(1),
        random: systemRandom,
        env: (name) => ({ ONE: "key-one", TWO: "key-two" })[name],
        version: "0",
        signal: new AbortController().signal,
        watch: deaf,
      },
      () => settingFor(config),
    );
    const [pool, down] = report.upstreams.map(({ who, broken, brokenAtFallbacks, attempts }) => (
      { answered: who.answered, fallbacks: who.fallbacks, broken, brokenAtFallbacks, attempts }
    ));
    deepEqual(pool?.answered, [{ upstream: "pool", model: "m", key: "pool key 2", turns: 2 }]);
    deepEqual(pool?.fallbacks, { turns: 0, reasons: [] });
    deepEqual(down, {
      answered: [{ upstream: "spare", model: "n", key: null, turns: 2 }],
      fallbacks: {
        turns: 2,
        reasons: [
          { code: "overloaded", asked: true, turns: 1 },
          { code: "overloaded", asked: false, turns: 1 },
        ],
      },
      broken: { overloaded: 1 },
      brokenAtFallbacks: {},
      attempts: 3,
    });
    const text = reportText(report, false);
    match(text, /No turn needed the fallback \(spare\)\./);
    match(text, /By key: pool key 2 \(2\)\./);
    match(text, /once it was not asked because of an earlier failure \(overloaded\)/);
  } finally {
    await provider.stop();
  }
});
