import assert from "node:assert/strict";
import { cacheSentences, cacheUse } from "../../../lib/stress/figures/cache_use.ts";
import type { Sample } from "../../../lib/stress/sample.ts";

/** A complete turn. */
function turn(at: string, inputTokens: number | null, cachedTokens: number | null): Sample {
  const [conversation = 0, number = 0] = at.split(".").map(Number);
  return {
    upstream: "a",
    conversation,
    turn: number,
    at: 0,
    context: 100,
    outcome: "whole",
    failure: null,
    grammar: null,
    head: 1,
    firstToken: 1,
    longestGap: 1,
    total: 1,
    inputTokens,
    cachedTokens,
    outputTokens: 1,
    tokensPerSecond: null,
    heartbeats: 0,
    calls: 0,
  };
}

const cases: [what: string, samples: Sample[], words: string[]][] = [
  ["nothing counted", [turn("1.1", null, null)], []],
  ["no cache at all", [turn("1.1", 100, 0), turn("1.2", 200, 0)], [
    "The provider reported no input from a prompt cache.",
  ]],
  ["a cache that holds", [turn("1.1", 100, 0), turn("1.2", 200, 100), turn("1.3", 300, 200)], [
    "50 % of the input came from the prompt cache.",
  ]],
  [
    "a turn at which it fell, whatever the order of the samples",
    [turn("2.3", 300, 0), turn("1.2", 100, 90), turn("2.2", 200, 160), turn("2.1", 100, 0)],
    [
      "36 % of the input came from the prompt cache.",
      "It fell at turn 2.3 from 80 % to 0 %: the provider forgot, or the prefix changed.",
    ],
  ],
  [
    "another conversation is no fall",
    [turn("1.1", 100, 90), turn("2.1", 100, 0)],
    ["45 % of the input came from the prompt cache."],
  ],
  [
    "lost turns do not count",
    [turn("1.1", 100, 50), { ...turn("1.2", 100, 0), outcome: "lost" }, turn("1.3", 100, 50)],
    ["50 % of the input came from the prompt cache."],
  ],
];
for (const [what, samples, words] of cases) {
  Deno.test(`cache use: ${what}`, () => assert.deepEqual(cacheSentences(cacheUse(samples)), words));
}

Deno.test("cache use: many falls are counted, three are named", () => {
  const samples = Array.from({ length: 10 }, (_, at) => turn(`1.${at + 1}`, 100, at % 2 ? 0 : 80));
  const [, fell] = cacheSentences(cacheUse(samples));
  assert.match(
    fell ?? "",
    /^It fell at turn 1\.2 .*1\.4 .*1\.6 from 80 % to 0 %, and 2 more times:/,
  );
});
