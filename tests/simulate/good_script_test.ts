import { deepEqual, equal } from "node:assert/strict";
import { isObject, type JsonObject } from "../../lib/base/json.ts";
import { pieces, remaining, type SimulatedAnswer } from "../../lib/simulate/answer.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import type { Script } from "../../lib/simulate/script.ts";
import { Grammar } from "../../lib/translate/grammar.ts";

const answer: Omit<SimulatedAnswer, "wire"> = {
  reasoning: "Hm, hm.",
  text: ["First.", "Second."],
  calls: [
    { kind: "function", name: "look", namespace: "ns", arguments: { at: "it" } },
    { kind: "custom", name: "patch", input: "*** Begin" },
  ],
};

/** The JSON payloads of a script and its marks, in order. */
function walk(script: Script): (JsonObject | string)[] {
  return script.flatMap((step): (JsonObject | string)[] => {
    if (step.do === "mark") return [`(${step.mark})`];
    if (step.do !== "send" || typeof step.body !== "string") return [];
    const payload = /^data: (.*)$/m.exec(step.body)?.[1] ?? "";
    return payload === "[DONE]" ? [payload] : [JSON.parse(payload) as JsonObject];
  });
}

Deno.test("good_script: an answer on the Responses wire has every event in order, and a place for every fault", () => {
  const events = walk(goodScript({ ...answer, wire: "responses" })).map((value) =>
    isObject(value) ? `${value.type}`.replace("response.", "") : value
  );
  const once = events.filter((word, at) => word !== events[at - 1]).join(" ");
  const part = (type: string, mid: string, end: string) =>
    `output_item.added content_part.added ${type}.delta (mid-${mid}) ${type}.delta ${type}.done ` +
    `content_part.done output_item.done (after-${end})`;
  const call = (type: string, deltas: string) =>
    `output_item.added ${deltas} ${type}.done output_item.done (after-call)`;
  equal(
    once,
    [
      "(head) created in_progress (created)",
      part("reasoning_text", "reasoning", "reasoning"),
      part("output_text", "text", "message"),
      part("output_text", "text", "message"),
      call(
        "function_call_arguments",
        "function_call_arguments.delta (mid-arguments) function_call_arguments.delta",
      ),
      call(
        "custom_tool_call_input",
        "custom_tool_call_input.delta (mid-arguments) custom_tool_call_input.delta",
      ),
      "(before-end) completed",
    ].join(" "),
  );
});

Deno.test("good_script: the Responses wire obeys the grammar of the client", () => {
  const grammar = new Grammar();
  for (const data of walk(goodScript({ ...answer, wire: "responses" })).filter(isObject)) {
    equal(grammar.push({ type: `${data.type}`, data }), undefined);
  }
  equal(grammar.end(), undefined);
});

Deno.test("good_script: an answer on the Chat wire ends with finish, usage and [DONE]", () => {
  const chunks = walk(goodScript({ ...answer, wire: "chat" })).filter((value) =>
    typeof value !== "string" || value === "[DONE]"
  );
  const words = chunks.map((chunk) => {
    if (!isObject(chunk)) return chunk;
    const [choice] = Array.isArray(chunk.choices) ? chunk.choices : [];
    if (!isObject(choice)) return isObject(chunk.usage) ? "usage" : "nothing";
    return choice.finish_reason === null
      ? Object.keys(isObject(choice.delta) ? choice.delta : {}).join("+")
      : `finish ${choice.finish_reason}`;
  });
  deepEqual(words.filter((word, at) => word !== words[at - 1]), [
    "role+content",
    "reasoning_content",
    "content",
    "tool_calls",
    "finish tool_calls",
    "usage",
    "[DONE]",
  ]);
});

const texts = [
  { text: "", size: 8, out: [] },
  { text: "a", size: 8, out: ["a"] },
  { text: "ab", size: 8, out: ["a", "b"] },
  { text: "abcdefghij", size: 4, out: ["abcd", "efgh", "ij"] },
  { text: "👍🏽é", size: 1, out: ["👍", "🏽", "é"] },
];
for (const { text, size, out } of texts) {
  Deno.test(`answer: "${text}" comes in pieces of ${size}`, () =>
    deepEqual(pieces(text, size), out));
}

const said = (text: string): JsonObject => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const user: JsonObject = { type: "message", role: "user", content: [] };
const thought: JsonObject = {
  type: "reasoning",
  summary: [],
  content: [{ type: "reasoning_text", text: "Hm, hm." }],
};
const requests = [
  {
    name: "nothing said",
    input: [user],
    left: { reasoning: "Hm, hm.", text: ["First.", "Second."] },
  },
  {
    name: "one message said",
    input: [user, said("First.")],
    left: { reasoning: "Hm, hm.", text: ["Second."] },
  },
  {
    name: "reasoning and all messages said",
    input: [user, thought, said("First."), said("Second.")],
    left: {},
  },
  {
    name: "the same said long ago",
    input: [said("First."), user],
    left: { reasoning: "Hm, hm.", text: ["First.", "Second."] },
  },
];
for (const { name, input, left } of requests) {
  Deno.test(`answer: with ${name} the model says the rest`, () => {
    const { reasoning, text } = answer;
    const spec = { wire: "responses" as const, reasoning: `${reasoning}`, text: [...text ?? []] };
    deepEqual(remaining(spec, { input }), { wire: "responses", ...left });
  });
}
