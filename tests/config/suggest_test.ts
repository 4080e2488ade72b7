import assert from "node:assert/strict";
import { didYouMean, suggest } from "../../lib/config/suggest.ts";

const words = [
  "listen",
  "heartbeat",
  "head_grace",
  "timeouts",
  "retry",
  "limits",
  "log",
  "warning",
];
const cases: [word: string, meant: string | undefined][] = [
  ["lisen", "listen"],
  ["lsiten", "listen"],
  ["heartbeats", "heartbeat"],
  ["headGrace", "head_grace"],
  ["head-grace", "head_grace"],
  ["HEADGRACE", "head_grace"],
  ["timeout", "timeouts"],
  ["warn", "warning"],
  ["lgo", "log"],
  ["re", undefined],
  ["upstream", undefined],
  ["", undefined],
];
for (const [word, meant] of cases) {
  Deno.test(`suggest: ${JSON.stringify(word)} means ${meant ?? "nothing"}`, () => {
    assert.equal(suggest(word, words), meant);
  });
}

Deno.test("suggest: the nearest candidate wins over an earlier one", () => {
  assert.equal(suggest("model", ["modes", "MODEL", "node"]), "MODEL");
});

Deno.test("suggest: asks only when there is something to ask", () => {
  assert.equal(didYouMean("lisen", words), ". Did you mean listen?");
  assert.equal(didYouMean("zebra", words), "");
});
