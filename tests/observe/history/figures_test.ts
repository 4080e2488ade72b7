/** What many turns come to, by each of the things that they can be counted by. */

import assert from "node:assert/strict";
import type { UsageBy } from "../../../lib/observe/history/document.ts";
import { type Figures, usageOf } from "../../../lib/observe/history/figures.ts";
import { turnFigures } from "../../helpers/proxy/figures.ts";

const turn = (upstream: string, keyName: string, user: string, model: string): Figures =>
  turnFigures({
    at: 1_000,
    upstream,
    keyName,
    user,
    model,
    tokens: { input: 10, cached: 5, output: 1, reasoning: 0 },
  });

const TURNS = [
  turn("acme", "acme key 1", "ada", "big"),
  turn("acme", "acme key 2", "ada", "big"),
  turn("acme", "acme key 2", "bob", "small"),
  turn("spare", "spare", "", "small"),
];

const rows: [by: UsageBy, gives: Record<string, number>][] = [
  ["model", { big: 2, small: 2 }],
  ["upstream", { acme: 3, spare: 1 }],
  ["key", { "acme key 1": 1, "acme key 2": 2, spare: 1 }],
  ["user", { ada: 2, bob: 1, "nobody by name": 1 }],
];

for (const [by, gives] of rows) {
  Deno.test(`figures: usage by ${by}`, () => {
    const { rows, total } = usageOf(TURNS, { since: 0, until: 2_000, by });
    assert.deepEqual(Object.fromEntries(rows.map(({ name, requests }) => [name, requests])), gives);
    assert.deepEqual([total.requests, total.tokens.input], [4, 40]);
  });
}
