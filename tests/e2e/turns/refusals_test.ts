/**
 * What a provider says no with: what may go away is tried again unseen, what will not is told once.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { faultNamed } from "../../../lib/simulate/faults/faults.ts";
import { faulty, TEXT } from "../say.ts";
import { type Case, inTurn, turns, unharmed } from "../turn.ts";

const passing: Case[] = ([
  ["rate-limited", 2],
  ["rate-limited-seconds", 2],
  ["rate-limited-date", 2],
  ["rate-limited-ms", 2],
  ["rate-limited-words", 2],
  ["overloaded-503", 4],
  ["error-500", 2],
  ["conflict-409", 2],
  ["timeout-408", 2],
  ["gateway-524", 2],
  ["502-html", 2],
  ["200-html", 2],
  ["200-empty", 2],
  ["json-error-200", 2],
  ["failed-event-rate-limit", 2],
] as const).map(([name, posts]) => ({
  name: `refusals: ${name} is waited out`,
  wires: faultNamed(name).wires,
  script: faulty(name),
  check(turn) {
    unharmed(turn, [TEXT], posts);
    const [first, second] = turn.provider.posts;
    const waited = (second?.at ?? 0) - (first?.at ?? 0);
    const asked = {
      "rate-limited-seconds": 1_000,
      "rate-limited-ms": 600,
      "rate-limited-words": 500,
    };
    ok(waited >= (name in asked ? asked[name as keyof typeof asked] : 0), `waited ${waited} ms`);
  },
}));

const lasting: Case[] = ([
  ["bad-request-400", /temperature must be between 0 and 1\.5/],
  ["bad-key-401", /Invalid API Key/],
  ["no-balance-402", /Insufficient Balance/],
  ["forbidden-403", /Not entitled to this model/],
  ["no-model-404", /Model not found/],
  ["quota-429", /exceeded your current quota/],
  ["moderation-400", /Moderation Block/],
  ["overflow-400", /ran out of room in the model's context window/],
  ["overflow-event", /ran out of room in the model's context window/],
] as const).map(([name, words]) => ({
  name: `refusals: ${name} reaches the user after one request`,
  wires: faultNamed(name).wires,
  script: faulty(name),
  codex: { provider: "request_max_retries = 3\nstream_max_retries = 3" },
  check({ run, provider }) {
    deepEqual([run.code, run.messages, provider.posts.length], [1, [], 1]);
    match(run.errors.at(-1) ?? "", words);
    equal(run.reconnects, 0);
  },
}));

Deno.test("refusals: what passes is waited out, what lasts is told once", async (t) => {
  const everywhere = /rate-limited is|overloaded-503|bad-key-401|quota-429|overflow-400/;
  await turns(t, [...inTurn(passing, everywhere), ...inTurn(lasting, everywhere)]);
});
