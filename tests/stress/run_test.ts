import { deepEqual, equal, ok } from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { loadConfig } from "../../lib/config/load.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";
import { stressFaults } from "./stress.ts";

type Row = [
  fault: string,
  turns: [whole: number, lost: number],
  broken: Record<string, number>,
  advised: string[],
];

/** What a run finds of each fault, and the setting it names: that of the clock that ends the wait. */
const cases: Row[] = [
  ["none", [2, 0], {}, []],
  ["stall-before-head", [2, 0], { head_timeout: 2 }, ["timeouts.head"]],
  ["stall-before-content", [2, 0], { first_event_timeout: 2 }, ["timeouts.first_event"]],
  ["chatter-after-created", [2, 0], { first_event_timeout: 2 }, ["timeouts.first_event"]],
  ["stall-mid-reasoning", [2, 0], { silence: 2 }, ["timeouts.silence"]],
  ["stall-mid-text", [2, 0], { silence: 2 }, ["timeouts.silence"]],
  ["stall-mid-arguments", [2, 0], { silence: 1 }, ["timeouts.silence"]],
  ["stall-after-call-done", [2, 0], { silence: 1 }, ["timeouts.silence"]],
  ["chatter-mid-text", [2, 0], { no_progress: 2 }, ["timeouts.progress"]],
  ["silence-mid-text", [2, 0], {}, ["timeouts.silence"]],
  ["silence-before-content", [2, 0], {}, ["timeouts.first_event"]],
  ["eof-mid-text", [2, 0], { truncated: 2 }, []],
  ["missing-terminal", [2, 0], { truncated: 1 }, []],
  ["reset-mid-reasoning", [2, 0], { broken_stream: 2 }, []],
  ["rate-limited-ms", [2, 0], { rate_limited: 2 }, []],
  ["502-html", [2, 0], { overloaded: 2 }, []],
  ["usage-details-empty", [2, 0], {}, []],
  ["bad-key-401", [0, 1], { refused: 1 }, []],
  ["overflow-400", [0, 1], { context_overflow: 1 }, []],
  ["finish-length", [0, 1], {}, []],
];

Deno.test("run: finds exactly the simulated fault and names the clock for it", async (t) => {
  const report = await stressFaults(cases.map(([fault]) => fault));
  for (const [at, [fault, [whole, lost], broken, advised]] of cases.entries()) {
    await t.step(`run: ${fault}`, async () => {
      const one = report.upstreams[at];
      ok(one);
      deepEqual(
        {
          fault: one.upstream,
          turns: one.turns,
          broken: one.broken,
          advised: one.verdict.advice.map(({ setting }) => setting),
          grammar: one.grammar,
        },
        { fault, turns: { whole, lost, stopped: 0 }, broken, advised, grammar: [] },
        JSON.stringify(one.verdict),
      );
      if (one.verdict.yaml !== null) await loads(one.verdict.yaml, fault);
    });
  }
  equal(report.ended, null);
});

/** The advised piece is a piece of config.yaml, once the upstream has its base URL. */
async function loads(yaml: string, upstream: string): Promise<void> {
  const whole = yaml.replace(
    /^ {2}\S+:\n/m,
    (line) => `${line}    base_url: http://127.0.0.1:1/v1\n`,
  );
  const readFile = () => Promise.resolve(whole);
  const { upstreams } = await loadConfig({ file: "c.yaml", env: {}, flags: {}, readFile });
  ok(upstreams.has(upstream));
}

Deno.test("run: the keys behind its port are for the run alone, and another program gets 401", async () => {
  const { fetch } = globalThis;
  const statuses: number[] = [];
  globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input));
    if (init && pathname.startsWith("/u/")) {
      const stranger = await fetch(input, { ...init, headers: {}, signal: null });
      await stranger.body?.cancel();
      statuses.push(stranger.status);
    }
    return await fetch(input, init);
  };
  try {
    const { upstreams: [one] } = await stressFaults(["none"], { turns: 1 });
    deepEqual([statuses, one?.turns.whole], [[401], 1]);
  } finally {
    globalThis.fetch = fetch;
  }
});

Deno.test("run: a fault that no try survives is lost, and more tries are advised", async () => {
  const { upstreams: [one] } = await stressFaults(["truncated-for-ever"], { turns: 1 });
  ok(one);
  deepEqual([one.turns.lost, one.errors], [1, { truncated: 1 }]);
  deepEqual(one.verdict.advice.map(({ setting }) => setting), ["retry.attempts"]);
  ok(
    !/127\.0\.0\.1/.test(JSON.stringify(one.verdict)),
    "the provider's address means nothing to anybody",
  );
});

Deno.test("run: what it costs grows with the context, turn by turn", async () => {
  const { upstreams: [one] } = await stressFaults(["none"], { turns: 4, context: 4_000 });
  const inputs = one?.growth.map(({ inputTokens }) => inputTokens) ?? [];
  equal(inputs.length, 4);
  for (const [at, tokens] of inputs.entries()) {
    const asked = (at + 1) * 1_000;
    ok(tokens > asked * 0.9 && tokens < asked * 1.5 + 1_000, `turn ${at + 1}: ${tokens} tokens`);
  }
  deepEqual(one?.samples.map(({ calls }) => calls), [1, 1, 1, 0]);
});

Deno.test("run: budgets end it before they are broken, retries included", async () => {
  const requests = await stressFaults(["none"], { turns: 5, maxRequests: 2 });
  deepEqual([requests.upstreams[0]?.attempts, requests.ended], [2, "--max-requests 2 is used up"]);
  const retried = await stressFaults(["eof-before-content"], { turns: 5, maxRequests: 3 });
  equal(retried.upstreams[0]?.attempts, 4, "the second turn was begun with one request left");
  const tokens = await stressFaults(["none"], { turns: 5, context: 5_000, maxTokens: 2_500 });
  equal(tokens.ended, "--max-tokens 2500 is used up");
  equal(tokens.upstreams[0]?.samples.length, 1);
});

Deno.test("run: with a duration, conversations follow each other until it is over", async () => {
  const report = await stressFaults(["none"], { turns: 1, duration: 400, concurrency: 2 }, {
    clock: fastClock(1),
  });
  const [one] = report.upstreams;
  ok((one?.turns.whole ?? 0) > 4, JSON.stringify(one?.turns));
  ok(report.duration < 3_000);
  const refused = await stressFaults(["bad-key-401"], {
    turns: 1,
    duration: 60_000,
    maxRequests: 2,
  });
  equal(refused.upstreams[0]?.turns.lost, 2);
});

Deno.test("run: stopped in the middle, it keeps what was measured and calls nothing lost", async () => {
  const stop = new AbortController();
  const report = await stressFaults(["stall-mid-text"], { turns: 3 }, {
    signal: stop.signal,
    watch: {
      asked() {},
      delta() {},
      answered() {},
      attemptFailed: () => stop.abort(new Failure("shutting_down", "The run was stopped")),
    },
  });
  deepEqual([report.ended, report.upstreams[0]?.turns], [
    "stopped by the user",
    { whole: 0, lost: 0, stopped: 1 },
  ]);
});
