/**
 * Connections that end too soon, at every place of an answer. Codex has no retries of its own here.
 */

import { deepEqual, equal, match } from "node:assert/strict";
import { isObject } from "../../lib/base/json.ts";
import type { Answer } from "../../lib/simulate/answer.ts";
import { breakAt } from "../../lib/simulate/bend.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { eof, reset } from "../../lib/simulate/script.ts";
import { faultNamed } from "../../lib/simulate/faults.ts";
import { outputsIn, RAN, TOOL } from "./tool.ts";
import { ANSWER, type Case, faulty, TEXT, turns, unharmed } from "./turn.ts";

const TIMEOUTS = {
  connect: 5_000,
  head: 60_000,
  firstEvent: 60_000,
  silence: 60_000,
  progress: 60_000,
};
const ENDS = ["eof", "cut", "reset"] as const;

const unfinished: Case[] = [
  ...["before-head"].flatMap((place) => ["eof", "reset"].map((end) => `${end}-${place}`)),
  ...["before-content", "after-created", "mid-reasoning", "mid-text"].flatMap((place) =>
    ENDS.map((end) => `${end}-${place}`)
  ),
  "half-event",
  "bad-framing",
  "error-event-first",
  "error-event-mid",
  "failed-event",
  "failed-event-mid",
].map((name) => ({
  name: `breaks: ${name} is replayed unseen`,
  script: faulty(name),
  check: (turn) => unharmed(turn, [TEXT], 2),
}));

const SAID: Answer = { ...ANSWER, text: ["I look it up first.", TEXT] };

const finished: Case[] = ENDS.map((end) => ({
  name: `breaks: ${end} after a finished message goes on behind it`,
  script: faulty(`${end}-after-message-done`, SAID),
  check(turn) {
    unharmed(turn, ["I look it up first.", TEXT], 2);
    const input = turn.provider.posts[1]?.json?.input;
    const last = Array.isArray(input) ? input.at(-1) : undefined;
    deepEqual(isObject(last) && { type: last.type, role: last.role }, {
      type: "message",
      role: "assistant",
    });
  },
}));

const atTheEnd: Case[] = ["eof", "cut", "reset", "stall"].map((end) => ({
  name: `breaks: ${end} between the last item and the terminal event does not repeat the answer`,
  script: faulty(`${end}-before-end`),
  config: { timeouts: { ...TIMEOUTS, silence: 2_000 } },
  check: (turn) => unharmed(turn, [TEXT], turn.provider.posts.length),
}));

const calls: Case[] = ENDS.flatMap((end): Case[] => [
  {
    name: `breaks: ${end} in the arguments of a call runs the tool once`,
    script: (request, n) =>
      outputsIn(request).length > 0
        ? goodScript({ ...ANSWER, seed: `${n}` })
        : n === 1
        ? faultNamed(`${end}-mid-arguments`).script(TOOL, { silence: 0, drip: 0 })
        : goodScript({ ...TOOL, seed: `${n}` }),
    check(turn) {
      unharmed(turn, [TEXT], 3);
      equal(turn.run.file("ran.txt"), RAN);
    },
  },
  {
    name: `breaks: ${end} after a finished call ends the answer there and runs the tool once`,
    script: (request, n) =>
      outputsIn(request).length > 0
        ? goodScript({ ...ANSWER, seed: `${n}` })
        : faultNamed(`${end}-after-call-done`).script(TOOL, { silence: 0, drip: 0 }),
    check(turn) {
      unharmed(turn, [TEXT], 2);
      equal(turn.run.file("ran.txt"), RAN);
    },
  },
]);

const others: Case[] = [
  {
    name: "breaks: two breaks in a row at different places are both replayed",
    script: (_, n) => {
      const script = goodScript({ ...ANSWER, seed: `${n}` });
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
      deepEqual([run.code, run.messages, provider.posts.length], [1, [], 3]);
      match(run.errors.join("\n"), /ended .*3 attempts/s);
    },
  },
];

Deno.test("breaks: a connection that ends too soon costs Codex nothing", async (t) => {
  await turns(t, [...unfinished, ...finished, ...atTheEnd, ...calls, ...others]);
});
