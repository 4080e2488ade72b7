import { deepEqual, equal, ok } from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { seededRandom } from "../../lib/base/seeded_random.ts";
import { Budget } from "../../lib/stress/budget.ts";
import { codeText, tokensOf } from "../../lib/stress/code_text.ts";
import {
  callIsSound,
  Dialogue,
  dialogueTokens,
  isLastTurn,
  requestTokens,
  turnOf,
} from "../../lib/stress/dialogue.ts";

Deno.test("code_text: the same seed gives the same text, of about the length asked for", () => {
  equal(codeText(500, seededRandom(7)), codeText(500, seededRandom(7)));
  ok(codeText(500, seededRandom(7)) !== codeText(500, seededRandom(8)));
  for (const tokens of [1, 1_000, 50_000]) {
    const got = tokensOf(codeText(tokens, seededRandom(1)));
    ok(got >= tokens && got < tokens + 300, `${got} for ${tokens}`);
  }
});

function dialogue(turns: number): Dialogue {
  return new Dialogue({ model: "m", number: 3, turns, context: 2_000, random: seededRandom(1) });
}

const call: JsonObject = {
  type: "function_call",
  call_id: "c1",
  name: "read_file",
  arguments: "{}",
};

Deno.test("dialogue: a call is answered in the next turn, and the history only grows", () => {
  const talk = dialogue(3);
  const first = talk.next();
  talk.record([{ type: "reasoning", summary: [] }, call]);
  const second = talk.next();
  talk.record([{ type: "message", role: "assistant", content: [] }]);
  const third = talk.next();
  ok(talk.over);
  const types = ({ input }: JsonObject) => (input as JsonObject[]).map(({ type }) => type);
  deepEqual(types(third), [
    "message",
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
    "message",
    "message",
  ]);
  deepEqual((second.input as JsonObject[]).slice(0, 2), first.input);
  deepEqual((third.input as JsonObject[]).slice(0, 5), second.input);
  equal(first.prompt_cache_key, third.prompt_cache_key);
});

Deno.test("dialogue: every call of several gets an output", () => {
  const talk = dialogue(2);
  talk.next();
  talk.record([call, { ...call, call_id: "c2" }]);
  const outputs = (talk.next().input as JsonObject[]).filter(({ type }) =>
    type === "function_call_output"
  );
  deepEqual(outputs.map(({ call_id }) => call_id).sort(), ["c1", "c2"]);
});

Deno.test("dialogue: turns carry their mark, and weigh about what the guard says", () => {
  const talk = dialogue(2);
  const texts = [talk.next(), talk.next()].map((body) => JSON.stringify(body));
  deepEqual(texts.map(turnOf), ["3.1", "3.2"]);
  deepEqual(texts.map(isLastTurn), [false, true]);
  equal(turnOf("no mark"), undefined);
  equal(dialogueTokens(4, 50_000), 125_000);
  ok(requestTokens(dialogue(1).next()) > 2_000);
});

Deno.test("dialogue: a call whose arguments are no object is unsound", () => {
  const calls = ["{}", '{"a":', "[]", "7"].map((text) => callIsSound({ ...call, arguments: text }));
  deepEqual(calls, [true, false, false, false]);
});

Deno.test("budget: it counts estimates, then what was really spent, and retries as much again", () => {
  const budget = new Budget({ maxTokens: 1_000 });
  deepEqual([budget.take("a", 400), budget.take("b", 700)], [true, false]);
  equal(budget.ended, "--max-tokens 1000 is used up");
  const second = new Budget({ maxTokens: 1_000, maxRequests: 10 });
  second.take("a", 400);
  second.spent(400, 100);
  equal(second.take("a", 500), true);
  second.again("a");
  equal(second.take("a", 1), false);
});
