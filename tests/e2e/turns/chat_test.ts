/**
 * What is particular to the Chat wire, with the real client: deviating streams, strict servers, ends that are none.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isObject } from "../../../lib/base/json.ts";
import { mapText } from "../../../lib/simulate/transform_script.ts";
import { fits } from "../../../lib/simulate/faults/fault.ts";
import { FAULTS } from "../../../lib/simulate/faults/faults.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { eof, hang, reset, type Script } from "../../../lib/simulate/script.ts";
import { ANSWER, answerTo, faulty, RAN, say, spoil, TEXT, TOOL, type Words } from "../say.ts";
import { callsIn, outputsIn, thoughtsIn } from "../seen.ts";
import { no } from "./strict.ts";
import { type Case, type Turn, turns, unharmed } from "../turn.ts";

function inHand(request: SeenRequest, name: string, words: Words): Script {
  const fault = FAULTS.get(name);
  return fault && fits(fault, answerTo(request, words))
    ? spoil(request, name, words)
    : say(request, words);
}

const hands: Case[] = [...FAULTS.values()].filter(({ wires, times, best }) =>
  !wires.includes("responses") && times === Infinity && best === "answer"
).map(({ name }) => ({
  name: `chat: ${name} makes no difference to a turn with a tool`,
  script: (request) => inHand(request, name, outputsIn(request).length > 0 ? ANSWER : TOOL),
  check(turn) {
    const [, second] = turn.provider.posts;
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("ran.txt"), RAN);
    deepEqual(thoughtsIn(second), [TOOL.reasoning]);
    deepEqual(callsIn(second).map(({ text }) => JSON.parse(text)), [
      { cmd: "echo ran >> ran.txt" },
    ]);
  },
}));

const WRITTEN = `I look.
<tool_call>
{"name": "exec_command", "arguments": {"cmd": "echo ran >> ran.txt"}}
</tool_call>`;

const written: Case = {
  name: "chat: a call that the model wrote out as text is run and not shown",
  script: (request) => say(request, outputsIn(request).length > 0 ? ANSWER : { text: WRITTEN }),
  check(turn) {
    unharmed(turn, ["I look.\n", TEXT], 2);
    equal(turn.run.file("ran.txt"), RAN);
  },
};

/** Asserts that the user is told of an end that is none, and that nothing was asked or done twice. */
function toldOnce({ run, provider }: Turn, messages: readonly string[], words: RegExp): void {
  deepEqual(
    { code: run.code, messages: run.messages, posts: provider.posts.length, reconnects: 0 },
    { code: 1, messages, posts: 1, reconnects: run.reconnects },
  );
  match(run.errors.at(-1) ?? "", words);
  equal(run.events.some(({ type }) => type === "turn.completed"), false);
}

const RETRIES = { provider: "request_max_retries = 3\nstream_max_retries = 3" };

const ends: Case[] = [
  {
    name: "chat: a text that ran into the output limit is shown, and that it was cut",
    codex: RETRIES,
    script: faulty("finish-length"),
    check: (turn) => toldOnce(turn, [TEXT], /max_output_tokens/),
  },
  {
    name: "chat: a call that ran into the output limit is not run",
    codex: RETRIES,
    script: (request) => spoil(request, "finish-length", TOOL),
    check(turn) {
      toldOnce(turn, [], /max_output_tokens/);
      equal(turn.run.file("ran.txt"), undefined);
    },
  },
  {
    name: "chat: an answer withheld by a content filter is told in words",
    codex: RETRIES,
    script: faulty("finish-filter"),
    check: (turn) => toldOnce(turn, [TEXT], /content filter stopped it/),
  },
  ...["empty-stop", "done-without-finish", "malformed-frame", "unnamed-call"].map((name): Case => ({
    name: `chat: ${name} is replayed unseen`,
    script: faulty(name),
    check: (turn) => unharmed(turn, [TEXT], 2),
  })),
  {
    name: "chat: an answer that stays empty fails in words that say so",
    script: (request) => spoil(request, "empty-stop", ANSWER),
    config: { retry: { attempts: 3, maxWait: 10_000 } },
    check({ run, provider }) {
      deepEqual([run.code, run.messages, provider.posts.length], [1, [], 3]);
      match(run.errors.join("\n"), /neither text nor a tool call.*3 attempts/s);
    },
  },
];

const fixed: Case[] = [
  {
    name:
      "chat: a parameter that a provider refuses by name is left out and the request sent again",
    script: (request) =>
      request.json?.stream_options === undefined
        ? say(request, ANSWER)
        : no("Unsupported parameter: 'stream_options'"),
    check(turn) {
      unharmed(turn, [TEXT], 2);
      const [first, second] = turn.provider.posts.map(({ json = {} }) => json);
      const { stream_options, ...rest } = first!;
      deepEqual({ asked: isObject(stream_options), second }, { asked: true, second: rest });
    },
  },
  {
    name:
      "chat: reasoning that a provider turns out to want is filled in and the request sent again",
    script(request) {
      const padded = thoughtsIn(request).every((thought) => thought !== undefined);
      if (!padded) return no("Missing reasoning_content in an assistant message with tool calls");
      const { reasoning: _, ...silent } = TOOL;
      return say(request, outputsIn(request).length > 0 ? ANSWER : silent);
    },
    check(turn) {
      unharmed(turn, [TEXT], 3);
      equal(turn.run.file("ran.txt"), RAN);
    },
  },
];

const usage: Case = {
  name: "chat: the tokens of an answer are counted wherever they stand",
  script: (request) =>
    mapText(
      spoil(request, "usage-in-finish", ANSWER),
      (text) => text.replace('"prompt_tokens":9', '"prompt_tokens":4711'),
    ),
  check(turn) {
    unharmed(turn, [TEXT], 1);
    const end = turn.run.events.find(({ type }) => type === "turn.completed");
    ok(isObject(end?.usage) && end.usage.input_tokens === 4711, JSON.stringify(end));
  },
};

/** Ways for a stream to end behind the finish chunk and before the count of tokens. */
const open: Case[] = Object.entries({ eof, reset, hang }).map(([name, end]) => ({
  name: `chat: ${name} right behind the finish costs nothing but the count of tokens`,
  script(request) {
    const script = say(request, outputsIn(request).length > 0 ? ANSWER : TOOL);
    return [...script.slice(0, -3), end];
  },
  check(turn) {
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("ran.txt"), RAN);
  },
}));

Deno.test("chat: what is particular to the wire stays between provider and sidecar", async (t) => {
  const cases = [...hands, written, ...ends, ...fixed, usage, ...open];
  await turns(t, cases.map((one): Case => ({ ...one, wires: ["chat"] })));
});
