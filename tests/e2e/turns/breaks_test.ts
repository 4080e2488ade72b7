/**
 * Connections that end too soon, at every place of an answer. Codex has no retries of its own here.
 */

import { deepEqual, equal, match } from "node:assert/strict";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import { faultNamed } from "../../../lib/simulate/faults/faults.ts";
import { eof, reset } from "../../../lib/simulate/script.ts";
import { ANSWER, faulty, RAN, say, spoil, TEXT, TOOL, type Words } from "../say.ts";
import { inputOf, outputsIn } from "../seen.ts";
import { type Case, inTurn, turns, unharmed } from "../turn.ts";

const TIMEOUTS = {
  connect: 5_000,
  head: 60_000,
  firstEvent: 60_000,
  silence: 60_000,
  progress: 60_000,
};
const ENDS = ["eof", "cut", "reset"] as const;

const unfinished: Case[] = [
  ...["before-content", "after-created", "mid-reasoning", "mid-text"].flatMap((place) =>
    ENDS.map((end) => `${end}-${place}`)
  ),
  "eof-before-head",
  "reset-before-head",
  "half-event",
  "bad-framing",
  "error-event-first",
  "error-event-mid",
  "failed-event",
  "failed-event-mid",
].map((name) => ({
  name: `breaks: ${name} is replayed unseen`,
  wires: faultNamed(name).wires,
  script: faulty(name),
  check: (turn) => unharmed(turn, [TEXT], 2),
}));

const LOOKING = "I look it up first.";
const SAID: Words = { ...ANSWER, text: [LOOKING, TEXT] };
/** The Chat wire has one message an answer, and no word for its end before the end of all. */
const SAID_AGAIN = {
  responses: { messages: [LOOKING, TEXT], last: "assistant" },
  chat: { messages: [`${LOOKING}\n\n${TEXT}`], last: "user" },
  anthropic: { messages: [`${LOOKING}\n\n${TEXT}`], last: "user" },
};

const finished: Case[] = [
  ...ENDS.map((end): Case => ({
    name: `breaks: ${end} after a message goes on behind it where it is known to be finished`,
    script: faulty(`${end}-after-message-done`, SAID),
    check(turn) {
      const { messages, last } = SAID_AGAIN[turn.wire];
      unharmed(turn, messages, 2);
      equal(inputOf(turn.provider.posts[1]).at(-1)?.role, last);
    },
  })),
  ...ENDS.map((end): Case => ({
    name: `breaks: ${end} in a call goes on behind the message before it`,
    script(request, n) {
      if (outputsIn(request).length > 0) return say(request, ANSWER);
      return n > 1
        ? say(request, TOOL)
        : spoil(request, `${end}-mid-arguments`, { ...TOOL, text: LOOKING });
    },
    check(turn) {
      unharmed(turn, [LOOKING, TEXT], 3);
      equal(inputOf(turn.provider.posts[1]).at(-1)?.role, "assistant");
      equal(turn.run.file("ran.txt"), RAN);
    },
  })),
];

const atTheEnd: Case[] = ["eof", "cut", "reset", "stall"].map((end) => ({
  name: `breaks: ${end} between the last item and the terminal event does not repeat the answer`,
  script: faulty(`${end}-before-end`),
  config: { timeouts: { ...TIMEOUTS, silence: 2_000 } },
  check: (turn) => unharmed(turn, [TEXT], 2),
}));

/** How many requests a turn takes whose first one breaks behind a call: on the Chat wire nothing says that it is whole. */
const BROKEN_BEHIND_A_CALL = { responses: 2, chat: 3, anthropic: 3 };

const calls: Case[] = [
  ...ENDS.map((end): Case => ({
    name: `breaks: ${end} in the arguments of a call runs the tool once`,
    script(request, n) {
      if (outputsIn(request).length > 0) return say(request, ANSWER);
      return n > 1 ? say(request, TOOL) : spoil(request, `${end}-mid-arguments`, TOOL);
    },
    check(turn) {
      unharmed(turn, [TEXT], 3);
      equal(turn.run.file("ran.txt"), RAN);
    },
  })),
  ...ENDS.map((end): Case => ({
    name: `breaks: ${end} after a call runs the tool once`,
    script(request, n) {
      if (outputsIn(request).length > 0) return say(request, ANSWER);
      return n > 1 ? say(request, TOOL) : spoil(request, `${end}-after-call-done`, TOOL);
    },
    check(turn) {
      unharmed(turn, [TEXT], BROKEN_BEHIND_A_CALL[turn.wire]);
      equal(turn.run.file("ran.txt"), RAN);
    },
  })),
];

const others: Case[] = [
  {
    name: "breaks: two breaks in a row at different places are both replayed",
    script(request, n) {
      const script = say(request, ANSWER);
      if (n === 1) return breakAt(script, "mid-text", [reset]);
      return n === 2 ? breakAt(script, "mid-reasoning", [eof]) : script;
    },
    check: (turn) => unharmed(turn, [TEXT], 3),
  },
  {
    name: "breaks: a stream cut for ever fails in words that say so",
    script: faulty("truncated-for-ever"),
    config: { retry: { attempts: 3, maxWait: 10_000 } },
    check({ run, provider }) {
      // What had begun is ended with nothing in it: Codex will ask again, and would be given it twice.
      deepEqual([run.code, run.messages, provider.posts.length], [1, [""], 3]);
      match(run.errors.join("\n"), /(ended|closed) .*3 attempts/s);
    },
  },
];

Deno.test("breaks: a connection that ends too soon costs Codex nothing", async (t) => {
  const groups = [unfinished, finished, atTheEnd, calls, others];
  await turns(t, groups.flatMap((cases) => inTurn(cases, /reset-mid-text|two breaks/)));
});
