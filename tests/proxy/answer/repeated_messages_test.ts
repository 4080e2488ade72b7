/** Which messages of a further answer the client has already. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { RepeatedMessages } from "../../../lib/proxy/answer/repeated_messages.ts";
import { type ResponsesEvent, responsesEvent } from "../../../lib/wire/responses.ts";

const message = (text: string): JsonObject => ({
  type: "message",
  content: [{ type: "output_text", text }],
});

/** A message in deltas. */
function said(output_index: number, ...deltas: string[]): ResponsesEvent[] {
  return [
    responsesEvent("response.output_item.added", { output_index, item: message("") }),
    ...deltas.map((delta) => responsesEvent("response.output_text.delta", { output_index, delta })),
    responsesEvent("response.output_item.done", { output_index, item: message(deltas.join("")) }),
  ];
}
const item = (output_index: number, type: string): ResponsesEvent[] =>
  ["added", "done"].map((end) =>
    responsesEvent(`response.output_item.${end}`, { output_index, item: { type } })
  );

const rows: { name: string; has: string[]; comes: ResponsesEvent[]; gone: number[] }[] = [
  { name: "the same", has: ["I look."], comes: said(0, "I ", "look."), gone: [0] },
  {
    name: "the same with blanks behind",
    has: ["I look."],
    comes: said(0, "I look", ".\n"),
    gone: [0],
  },
  {
    name: "behind reasoning",
    has: ["I look."],
    comes: [...item(0, "reasoning"), ...said(1, "I look.")],
    gone: [1],
  },
  {
    name: "two in their order",
    has: ["A.", "B."],
    comes: [...said(0, "A."), ...said(1, "B.")],
    gone: [0, 1],
  },
  { name: "the last of two", has: ["A.", "B."], comes: said(0, "B."), gone: [0] },
  {
    name: "the same twice is said twice",
    has: ["A."],
    comes: [...said(0, "A."), ...said(1, "A.")],
    gone: [0],
  },
  { name: "more", has: ["I look."], comes: said(0, "I look.", " Now."), gone: [] },
  { name: "less", has: ["I look."], comes: said(0, "I look"), gone: [] },
  { name: "another", has: ["I look."], comes: said(0, "I l", "ist."), gone: [] },
  {
    name: "behind something new",
    has: ["A."],
    comes: [...said(0, "New."), ...said(1, "A.")],
    gone: [],
  },
  {
    name: "behind a call",
    has: ["A."],
    comes: [...item(0, "function_call"), ...said(1, "A.")],
    gone: [],
  },
  { name: "nothing was said", has: [], comes: said(0, "A."), gone: [] },
  {
    name: "another item begins in the middle of it",
    has: ["A."],
    comes: [...said(0, "A.").slice(0, 2), ...item(1, "reasoning"), ...said(0, "A.").slice(2)],
    gone: [],
  },
];

for (const { name, has, comes, gone } of rows) {
  Deno.test(`repeated messages: ${name}`, () => {
    const repeated = new RepeatedMessages(has.map(message));
    const given = [...comes.flatMap((event) => repeated.push(event)), ...repeated.end()];
    const kept = comes.filter(({ data }) => !gone.includes(data.output_index as number));
    assert.deepEqual(given, kept, "in their order, and nothing else");
  });
}

Deno.test("repeated messages: what cannot be the same any more goes out at once", () => {
  const repeated = new RepeatedMessages([message("I look.")]);
  const [added, first, second] = said(0, "I ", "list.", " Then.");
  assert.deepEqual(repeated.push(added!), []);
  assert.deepEqual(repeated.push(first!), []);
  assert.deepEqual(repeated.push(second!), [added, first, second]);
});
