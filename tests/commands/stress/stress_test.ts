import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { costWarning, stress, subjectsOf } from "../../../lib/commands/stress/stress.ts";
import { readNumbers, type StressFlags } from "../../../lib/commands/stress/options.ts";
import { stressView } from "../../../lib/commands/stress/view.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { lines } from "../../helpers/codex/codex.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { sidecarCommand } from "../../helpers/program/program.ts";

const plain = {
  turns: 4,
  context: 50_000,
  concurrency: 1,
  duration: undefined,
  maxRequests: undefined,
  maxTokens: undefined,
  seed: 1,
};
const good: [flags: StressFlags, changes: Partial<typeof plain> | Record<string, number>][] = [
  [{}, {}],
  [{ context: "200k", turns: "8", concurrency: "3" }, {
    context: 200_000,
    turns: 8,
    concurrency: 3,
  }],
  [{ context: "1.5M", duration: "10m", seed: "0" }, {
    context: 1_500_000,
    duration: 600_000,
    seed: 0,
  }],
  [{ maxRequests: "7", maxTokens: "2m" }, { maxRequests: 7, maxTokens: 2_000_000 }],
  [{ simulate: "none" }, { context: 8_000 }],
];
for (const [flags, changes] of good) {
  Deno.test(`stress_options: ${JSON.stringify(flags)} is read`, () => {
    assert.deepEqual(readNumbers(flags), { ...plain, ...changes });
  });
}

const bad: [flags: StressFlags, told: RegExp][] = [
  [{ turns: "0" }, /^--turns is "0", but takes a whole number from 1 to 1000$/],
  [{ context: "big" }, /^--context is "big", but takes a number of tokens/],
  [{ duration: "5" }, /^--duration is "5"/],
  [{ maxTokens: "10" }, /^--max-tokens/],
  [{ simulate: "none", upstream: "a" }, /at once$/],
];
for (const [flags, told] of bad) {
  Deno.test(`stress_options: ${JSON.stringify(flags)} is refused`, () => {
    assert.throws(
      () => readNumbers(flags),
      (error) => error instanceof Failure && error.code === "bad_usage" && told.test(error.message),
    );
  });
}

const upstreams = new Map([
  ["first", upstream("https://a.example/v1", { models: ["m1"], apiKeyEnv: "K" })],
  ["local", upstream("http://127.0.0.1:1/v1")],
  ["bare", upstream("https://b.example/v1", { models: ["m2"] })],
]);
Deno.test("stress: the first upstream and its first model are meant where nothing is said", () => {
  assert.deepEqual(subjectsOf({ upstreams }, {}), [{ upstream: "first", model: "m1" }]);
  assert.deepEqual(subjectsOf({ upstreams }, { upstream: "first, local", model: "x" }), [
    { upstream: "first", model: "x" },
    { upstream: "local", model: "x" },
  ]);
});
for (
  const [flags, told] of [
    [{ upstream: "frist" }, /no upstream "frist". Did you mean first\?/],
    [{ upstream: "local" }, /No model is known for local/],
    [{ upstream: "bare" }, /bare has no key of its own/],
  ] as const
) {
  Deno.test(`stress: ${JSON.stringify(flags)} is refused with advice`, () => {
    assert.throws(() => subjectsOf({ upstreams }, flags), told);
  });
}

Deno.test("stress: the warning says what it may cost, and what stops it", () => {
  const subjects = [{ upstream: "a", model: "m" }];
  const text = costWarning(subjects, { ...plain, concurrency: 2, maxTokens: 9_000 });
  assert.match(text, /sends real requests to a \(m\) and costs real money: 2 × 4 turns/);
  assert.match(text, /125,000 input tokens a conversation, 250,000 for all/);
  assert.match(text, /stops at 9,000 tokens/);
  const others = costWarning(subjects, plain, ["b", "c/m", "b"]);
  assert.match(others, /extra\.\nWhere they cannot answer, b, c\/m may be asked instead\.\n--max/);
  assert.match(costWarning(subjects, plain), /--max-requests and --max-tokens set a limit/);
});

Deno.test("stress: a real upstream is not asked without a yes where nobody can say it", async () => {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(
    file,
    "upstreams: { a: { base_url: 'http://127.0.0.1:1/v1', models: [m] } }",
  );
  const { code, stdout, stderr } = await sidecarCommand(["stress", "--config", file]).output();
  await Deno.remove(file);
  const text = new TextDecoder().decode(stderr);
  assert.equal(code, 2);
  assert.match(text, /costs real money[^]*no terminal to ask on\nAdd --yes/);
  assert.equal(new TextDecoder().decode(stdout), "");
});

Deno.test("stress: an unknown fault is a failure of usage with the nearest name", async () => {
  const terminal = { out() {}, err() {}, color: false };
  await assert.rejects(
    stress({ version: "1", simulate: "stall-mid-txt" }, terminal),
    /no such fault. Did you mean stall-mid-text\?/,
  );
});

Deno.test("stress_view: a line a turn where nothing can be drawn over, one line where it can", async () => {
  const sample = {
    upstream: "a",
    conversation: 1,
    turn: 2,
    outcome: "whole",
    failure: null,
    firstToken: 120,
    total: 2_000,
    tokensPerSecond: 41.4,
  } as never;
  const run = async (columns?: number) => {
    let text = "";
    const clock = new FakeClock();
    const write = (part: string) => text += part;
    const view = stressView({ write, color: false, ...(columns ? { columns } : {}) }, clock, 4);
    view.watch.asked("a", 2);
    view.watch.delta("a");
    view.watch.answered(sample);
    await clock.advance(200);
    view.end();
    assert.equal(clock.armed, 0);
    return text;
  };
  assert.equal(
    await run(),
    "   0.0 s  a turn 1.2: complete in 2 s, first token 120 ms, 41 tokens/s\n",
  );
  const drawn = await run(60);
  assert.match(drawn, /█████░+ 1\/4 turns {2}1 complete, 0 lost, 0 live/);
  assert.ok(drawn.split("\r").every((frame) => frame.replace("\x1b[2K", "").length < 60), drawn);
});

Deno.test({
  name: "stress: Ctrl-C ends it well, with what was measured until then",
  ignore: Deno.build.os === "windows",
  async fn() {
    const args = ["stress", "--simulate", "none,stall-mid-text", "--json"];
    const child = sidecarCommand(args, {
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const output = new Response(child.stdout).text();
    for await (const line of lines(child.stderr)) {
      if (/none turn 1\.1: complete/.test(line)) child.kill("SIGINT");
    }
    const { code } = await child.status;
    const { ended, upstreams: [good, stalled] } = JSON.parse(await output);
    assert.deepEqual([code, ended], [0, "stopped by the user"]);
    assert.equal(good.turns.whole, 1);
    assert.deepEqual(stalled.turns, { whole: 0, lost: 0, stopped: 1 });
  },
});
