import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import type { Wire } from "../../lib/config/config.ts";
import { recorder } from "../../lib/observe/recorder/recorder.ts";
import { readRecording, type Recording } from "../../lib/observe/recorder/recording.ts";
import type { SimulatedAnswer } from "../../lib/simulate/answer.ts";
import { type Fault, fits } from "../../lib/simulate/faults/fault.ts";
import { FAULTS, misbehave } from "../../lib/simulate/faults/faults.ts";
import { replayScript } from "../../lib/simulate/replay.ts";
import { type Result, runExchange, type Setup } from "../helpers/proxy/exchange.ts";
import { pool } from "../helpers/pool.ts";

const SECRET = "sk-4f9a8b7c6d5e4f3a2b1c0d9e";
const PLAIN = "The answer is 42, as ever.";
const PRIVATE = `The key ${SECRET} stands in /home/alice/.env.`;
const pace = { silence: 20_000, drip: 400 };

interface Case {
  readonly name: string;
  readonly fault: Fault;
  readonly answer: SimulatedAnswer;
}

/** Faults that are large and nothing else; the limits of size have a test of their own. */
const LARGE = ["20k-events", "big-event"];

/** Every fault that fits a wire, striking an answer of this text. */
function cases(wire: Wire, text: string, path: string): Case[] {
  const spoken: SimulatedAnswer = { wire, reasoning: "Let me think about it.", text };
  const call = { kind: "function", name: "ls", arguments: { path } } as const;
  return [...FAULTS.values()].filter(({ name }) => !LARGE.includes(name)).flatMap((fault) => {
    const answer = [spoken, { ...spoken, calls: [call] }].find((one) => fits(fault, one));
    return answer ? [{ name: `${wire} ${fault.name}`, fault, answer }] : [];
  });
}

const setup = ({ answer }: Case): Omit<Setup, "script"> => ({
  timeouts: { head: 30_000, firstEvent: 30_000, silence: 30_000, progress: 30_000 },
  retry: { attempts: 3 },
  target: { wire: answer.wire },
  body: {
    model: "m",
    stream: true,
    input: [{ type: "message", role: "user", content: `Read /Users/alice/x with ${SECRET}` }],
    tools: [{ type: "function", name: "ls", parameters: { type: "object", properties: {} } }],
  },
  headers: { authorization: `Bearer ${SECRET}`, "x-codex-turn-metadata": "/home/alice/src" },
});

/** Runs a case once and returns what came of it, and the file that was written. */
async function record(each: Case, keepContent: boolean): Promise<{ result: Result; file: string }> {
  const files: string[] = [];
  const observer = recorder({
    clock: systemClock,
    version: "0.0.0",
    keepContent,
    onlyFailures: false,
    salt: "salt",
    homes: [],
    maxBytes: 64 * 1024 ** 2,
    save: (_, lines) => (files.push(lines.join("\n")), Promise.resolve()),
    notice: (_, message) => assert.fail(message),
  });
  const result = await runExchange({
    ...setup(each),
    script: misbehave(each.fault, each.answer, pace),
    observer,
  });
  await observer.flush();
  assert.equal(files.length, 1);
  return { result, file: files[0] as string };
}

function play(recording: Recording, each: Case): Promise<Result> {
  return runExchange({ ...setup(each), script: replayScript(recording, { fast: true }) });
}

/** Runs the cases side by side, each a step of the test. */
function sideBySide(
  t: Deno.TestContext,
  all: readonly Case[],
  run: (one: Case) => Promise<void>,
): Promise<void> {
  return pool(t, all.map((one) => ({ name: one.name, run: () => run(one) })), 48);
}

/** What the client got, without what time and ports make different: beats, and durations in words. */
function gist({ status, text, record, posts }: Result) {
  const words = text.replace(/event: keepalive\n.*\n\n/g, "")
    .replace(/"(?:sequence_number|created_at)":\d+/g, "").replace(/127\.0\.0\.1:\d+/g, "HOST")
    .replace(/ in [\d.]+ (?:ms|s|m)\b/g, "").replace(/\d+ (?:bytes|events)/g, "");
  const { outcome, code, attempts, replays } = record;
  return { status, words, outcome, code, attempts, replays, posts: posts.length };
}

/** The last end of an answer and of its items, for one whose words are others. */
function form(result: Result) {
  const { words: _, ...rest } = gist(result);
  const types = result.events.map(({ type }) => type).filter((type) => type !== "keepalive")
    .filter((type, i, all) => type !== all[i - 1]);
  return { ...rest, types };
}

function noSecret(file: string): void {
  assert.doesNotMatch(file, /4f9a8b7c|alice/);
}

/** Equality that tells where it ends: some texts are megabytes, and a whole report of a difference takes minutes. */
function same(actual: unknown, expected: unknown): void {
  const [one = "", other = ""] = [actual, expected].map((value) => JSON.stringify(value));
  if (one === other) return;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at++;
  const around = (text: string) => text.slice(Math.max(0, at - 300), at + 300);
  assert.fail(`it is\n${around(one)}\nand should be\n${around(other)}`);
}

Deno.test("recorder: every simulated fault, recorded readable, gives the client the same when it is played", async (t) => {
  const plain = cases("responses", PLAIN, ".");
  assert.ok(plain.length > 50, `${plain.length} cases`);
  await sideBySide(t, plain, async (one) => {
    const { result, file } = await record(one, true);
    noSecret(file);
    same(gist(await play(readRecording(file), one)), gist(result));
  });
});

Deno.test("recorder: every simulated fault, recorded unreadable, comes to the same end when it is played", async (t) => {
  await sideBySide(t, cases("chat", PRIVATE, "/home/alice/src"), async (one) => {
    const { result, file } = await record(one, false);
    noSecret(file);
    assert.doesNotMatch(file, /Let me think|stands in|Read \/Users/);
    same(form(await play(readRecording(file), one)), form(result));
  });
});

Deno.test("recorder: no fault brings a secret of the answer into a readable file", async (t) => {
  const some = cases("responses", PRIVATE, "/home/alice/src").filter(({ name }) =>
    /mid-(text|arguments)|lone-cr|split-bytes|no-space|gzip|bom$/.test(name)
  );
  assert.ok(some.length >= 8, `${some.length} cases`);
  await sideBySide(t, some, async (one) => {
    const { file } = await record(one, true);
    noSecret(spoken(file));
    noSecret(file);
  });
});

/** What a reader can put together from the pieces of a file. */
function spoken(file: string): string {
  const texts = readRecording(file).attempts.flatMap(({ data }) => data.map(({ text }) => text));
  const strings = [
    ...texts.join("").matchAll(/"(?:delta|content|arguments|text)"\s*:\s*("(?:[^"\\]|\\.)*")/g),
  ];
  return strings.map(([, string = ""]) => JSON.parse(string)).join("");
}
