import assert from "node:assert/strict";
import { metrics } from "../../lib/observe/metrics.ts";
import { boundedLabels } from "../../lib/observe/metrics_labels.ts";
import type { ExchangeRecord } from "../../lib/observe/observer.ts";
import { upstream } from "../helpers/proxy/app.ts";
import { testApp } from "../helpers/proxy/app.ts";
import { readExposition } from "../helpers/rules/exposition.ts";

const record: ExchangeRecord = {
  id: "ex1",
  upstream: "gateway",
  model: "some-model",
  path: "/responses",
  status: 200,
  head: 900,
  firstContent: 3_000,
  longestSilence: 8_000,
  heartbeats: 4,
  replays: 1,
  attempts: 2,
  outcome: "completed",
  usage: { input: 100, cached: 40, output: 20, reasoning: 5 },
  duration: 42_100,
};
const note = {
  id: "1",
  upstream: "gateway",
  attempt: 1,
  of: 6,
  code: "silence",
  message: "nothing came",
  phase: "after_content",
} as const;

/** The samples other than buckets, as `name{labels} value`. */
async function shown(kept: ReturnType<typeof metrics>, live = 0): Promise<string[]> {
  const { samples, problems } = readExposition(await kept.expose(live));
  assert.deepEqual(problems, []);
  return samples.filter(({ name }) => !name.endsWith("_bucket")).map(({ name, labels, value }) => {
    const inside = Object.entries(labels).map(([label, text]) => `${label}=${text}`).join();
    return `${name.replace(/^sidecar_/, "")}{${inside}} ${value}`;
  }).sort();
}

Deno.test("metrics: a turn that had trouble is counted in all its parts", async () => {
  const kept = metrics({ version: "1.2.3" });
  kept.attemptFailed(note);
  kept.attemptFailed({ ...note, code: "overloaded", phase: "before_content" });
  kept.finished(record);
  assert.deepEqual(await shown(kept, 3), [
    "beats_total{upstream=gateway} 4",
    "build_info{version=1.2.3} 1",
    "clock_cuts_total{upstream=gateway,code=silence} 1",
    "exchange_seconds_count{upstream=gateway} 1",
    "exchange_seconds_sum{upstream=gateway} 42.1",
    "exchanges_total{upstream=gateway,model=some-model,outcome=completed} 1",
    "first_content_seconds_count{upstream=gateway} 1",
    "first_content_seconds_sum{upstream=gateway} 3",
    "head_seconds_count{upstream=gateway} 1",
    "head_seconds_sum{upstream=gateway} 0.9",
    "live_exchanges{} 3",
    "longest_gap_seconds_count{upstream=gateway} 1",
    "longest_gap_seconds_sum{upstream=gateway} 8",
    "replays_total{upstream=gateway,code=silence} 1",
    "retries_total{upstream=gateway,code=overloaded} 1",
    "tokens_total{upstream=gateway,model=some-model,kind=cached} 40",
    "tokens_total{upstream=gateway,model=some-model,kind=input} 100",
    "tokens_total{upstream=gateway,model=some-model,kind=output} 20",
    "tokens_total{upstream=gateway,model=some-model,kind=reasoning} 5",
  ]);
});

Deno.test("metrics: a failure is counted by its code, and by its clock where one ended it", async () => {
  const kept = metrics({ version: "1" });
  const { usage: _, ...rest } = record;
  kept.finished({
    ...rest,
    head: null,
    firstContent: null,
    outcome: "failed",
    code: "head_timeout",
  });
  kept.finished({ ...rest, model: "", outcome: "client_gone", heartbeats: 0, helper: "guardian" });
  const lines = (await shown(kept)).filter((line) => /total/.test(line));
  assert.deepEqual(lines, [
    "beats_total{upstream=gateway} 4",
    "client_cancels_total{upstream=gateway} 1",
    "clock_cuts_total{upstream=gateway,code=head_timeout} 1",
    "exchanges_total{upstream=gateway,model=none,outcome=client_gone} 1",
    "exchanges_total{upstream=gateway,model=some-model,outcome=failed} 1",
    "failures_total{upstream=gateway,code=head_timeout} 1",
    "helper_exchanges_total{upstream=gateway,kind=guardian,outcome=client_gone} 1",
  ]);
});

Deno.test("metrics: names that a client chooses are bounded, and escaped", async () => {
  const kept = metrics({ version: "1", most: 3 });
  const models = ['a"b\\c\nd', "x".repeat(101), "m1", "m2", "m3", "m4", "m1"];
  for (const model of models) kept.finished({ ...record, model });
  const { samples, problems } = readExposition(await kept.expose(0));
  assert.deepEqual(problems, []);
  const exchanges = samples.filter(({ name }) => name === "sidecar_exchanges_total");
  assert.deepEqual(exchanges.map(({ labels, value }) => [labels.model, value]), [
    ['a"b\\c\\nd', 1],
    ["other", 3],
    ["m1", 2],
    ["m2", 1],
  ]);
});

Deno.test("metrics: labels are themselves, `other` beyond the bound, `none` where there is none", () => {
  const label = boundedLabels(2);
  assert.deepEqual(["", "a", "b", "c", "a", "d"].map(label), [
    "none",
    "a",
    "b",
    "other",
    "a",
    "other",
  ]);
});

Deno.test("metrics: nothing has happened yet, and the text is as good", async () => {
  assert.deepEqual(await shown(metrics({ version: "1" })), [
    "build_info{version=1} 1",
    "live_exchanges{} 0",
  ]);
});

const broken: [name: string, text: string, problem: RegExp][] = [
  ["no TYPE", "# HELP a_total x\na_total 1\n", /no TYPE/],
  ["two TYPEs", "# HELP a x\n# TYPE a gauge\n# TYPE a gauge\na 1\n", /two TYPE/],
  ["a counter's name", "# HELP a x\n# TYPE a counter\na 1\n", /a is a counter/],
  ["a bare quote", '# HELP a x\n# TYPE a gauge\na{b="c"d"} 1\n', /cannot be read/],
  ["a series twice", '# HELP a x\n# TYPE a gauge\na{b="c"} 1\na{b="c"} 2\n', /twice/],
  [
    "a histogram that shrinks",
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    /not cumulative/,
  ],
  [
    "a histogram without end",
    '# HELP h x\n# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n',
    /no \+Inf/,
  ],
];
for (const [name, text, problem] of broken) {
  Deno.test(`exposition: the reader of these tests finds ${name}`, () => {
    assert.match(readExposition(text).problems.join("\n"), problem);
  });
}

Deno.test("metrics: /metrics shows them behind the guard, and is not there without them", async () => {
  const kept = metrics({ version: "1" });
  const upstreams = new Map([["a", upstream("http://127.0.0.1:9/v1")]]);
  using app = testApp({ upstreams }, { metrics: kept });
  const answer = await app.ask("/metrics");
  assert.deepEqual(readExposition(await answer.text()).problems, []);
  assert.equal(answer.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const foreign = await app.ask("/metrics", { headers: { host: "evil.example" } });
  assert.equal(foreign.status, 403);
  await foreign.body?.cancel();
  using locked = testApp({
    upstreams,
    listen: { host: "127.0.0.1", port: 8411, token: "0123456789abcdef" },
  }, { metrics: kept });
  const asked = await locked.ask("/metrics");
  assert.equal(asked.status, 401);
  await asked.body?.cancel();
  using bare = testApp({ upstreams });
  const none = await bare.ask("/metrics");
  assert.equal(none.status, 404);
  await none.body?.cancel();
});

Deno.test("metrics: each user of a large team has labels of their own", async () => {
  const kept = metrics({ version: "1", most: 2 });
  for (let n = 0; n < 300; n++) kept.finished({ ...record, user: `user-${n}` });
  const text = await kept.expose(0);
  const users = text.match(/^sidecar_user_exchanges_total\{user="user-\d+"/gm) ?? [];
  assert.equal(new Set(users).size, 300);
  assert.doesNotMatch(text, /user="other"/);
});
