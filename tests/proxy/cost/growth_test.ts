/** No answer costs more than in proportion to its bytes, through the real stages of a wire, its intake and its ledger. */

import assert from "node:assert/strict";
import { attempt, attemptBytes } from "../../helpers/streams/attempts.ts";
import { everySecond, HOSTILE_TEXTS, outOfProportion, pieces } from "../../helpers/rules/growth.ts";
import { HOSTILE_CHATS, HOSTILE_RESPONSES } from "../../helpers/peers/hostile_answers.ts";
import type { JsonObject } from "../../../lib/base/json.ts";

/** Failures that are bugs: an answer may be refused, the sidecar may not break over it. */
function sound({ failure }: { failure: { code: string; message: string } | undefined }): void {
  assert.notEqual(failure?.code, "internal", failure?.message);
}

for (
  const [wire, answers] of [["responses", HOSTILE_RESPONSES], ["chat", HOSTILE_CHATS]] as const
) {
  for (const [name, answer] of Object.entries(answers)) {
    Deno.test(`growth: ${wire}, ${name}: cost and output in proportion, at first and again`, () => {
      for (const again of [1, 2]) {
        let [came, sent] = [0, 0];
        const wrong = outOfProportion((n) => {
          const run = attempt(wire, answer(n), { attempt: again });
          sound(run);
          if (run.came > came) [came, sent] = [run.came, run.sent];
        }, 1_000);
        assert.equal(wrong, undefined);
        assert.ok(sent <= 40 * came + 1_000_000, `${came} characters came and ${sent} went`);
      }
    });
  }
}

const encoder = new TextEncoder();

for (const wire of ["responses", "chat", "anthropic"] as const) {
  for (const length of [1, 40, 1 << 16]) {
    Deno.test(`growth: ${wire}, bytes without sense in chunks of ${length}: cost in proportion`, () => {
      const marks = [
        "\n",
        "\r",
        "\r\n",
        "x\n",
        ":\n",
        "data:\n",
        "data:x\n\n",
        "\n{",
        "\n{}",
        "\r{a}",
      ];
      for (
        const mark of [...marks, "event: y\n", "id: z\n", "\n{\r{", "data: {}\n\n", "retry: x\n"]
      ) {
        const wrong = outOfProportion((size) => {
          sound(attemptBytes(wire, encoder.encode(mark.repeat(size / mark.length)), length));
        }, length === 1 ? 1024 : 16 * 1024);
        assert.equal(wrong, undefined, JSON.stringify(mark));
      }
    });
  }
}

/** One text as an answer, in every place where a provider may put text. */
const INTEGRATIONS: Readonly<Record<string, ["responses" | "chat", (text: string) => JsonObject]>> =
  {
    "chat content": ["chat", (content) => ({ choices: [{ delta: { content } }] })],
    "chat reasoning": ["chat", (text) => ({ choices: [{ delta: { reasoning_content: text } }] })],
    "chat arguments": ["chat", (text) => ({
      choices: [{
        delta: {
          tool_calls: [{ index: 0, id: "c", function: { name: "apply_patch", arguments: text } }],
        },
      }],
    })],
    "responses text": ["responses", (delta) => ({
      type: "response.output_text.delta",
      item_id: "m",
      output_index: 0,
      delta,
    })],
    "responses arguments": ["responses", (delta) => ({
      type: "response.function_call_arguments.delta",
      item_id: "c",
      output_index: 0,
      delta,
    })],
  };
const CALL: JsonObject = { type: "function_call", id: "c", call_id: "c", name: "apply_patch" };
const BEFORE: Readonly<Record<string, JsonObject[]>> = {
  "responses arguments": [{ type: "response.output_item.added", output_index: 0, item: CALL }],
};
const AFTER: Readonly<Record<string, JsonObject[]>> = {
  chat: [{ choices: [{ delta: {}, finish_reason: "stop" }] }],
  responses: [
    { type: "response.output_item.done", output_index: 0, item: { ...CALL, id: "c" } },
    { type: "response.completed", response: { id: "r", output: [] } },
  ],
};

const LENGTHS = [[1, 0.25], [3, 0.5], [40, 8], [Infinity, 8]] as const;

for (const [nth, [name, [wire, place]]] of Object.entries(INTEGRATIONS).entries()) {
  for (const [at, [length, size]] of LENGTHS.entries()) {
    Deno.test(`growth: ${name} in deltas of ${length}: cost in proportion`, () => {
      for (const [first, again, last] of everySecond(HOSTILE_TEXTS, nth + at)) {
        const wrong = outOfProportion((size) => {
          const whole = first + again.repeat(size / again.length) + last;
          const deltas = [...pieces(whole, Math.min(length, whole.length))].map(place);
          sound(attempt(wire, [...BEFORE[name] ?? [], ...deltas, ...AFTER[wire] ?? []]));
        }, size * 1024);
        assert.equal(
          wrong,
          undefined,
          JSON.stringify([first, again.slice(0, 40), last.slice(0, 40)]),
        );
      }
    });
  }
}
