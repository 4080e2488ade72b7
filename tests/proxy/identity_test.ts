/** Which item, which choice and which object an answer is: through the composition, whole, split and cut. */

import assert from "node:assert/strict";
import { assertLawful, WireRun } from "../helpers/streams/wire_run.ts";
import { isObject, type JsonObject } from "../../lib/base/json.ts";
import type { Wire } from "../../lib/config/config.ts";
import { messageText } from "../../lib/translate/grammar.ts";
import { WIRES } from "../../lib/proxy/wires/wires.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

interface Got {
  readonly texts: string[];
  readonly calls: unknown[];
  readonly failed: boolean;
}

function read(wire: Wire, pieces: Iterable<Uint8Array>): Got {
  const run = new WireRun();
  const failed = run.attempt(wire, pieces) !== undefined;
  if (!failed) assertLawful(run.events, true);
  const items = run.events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [item] : []
  );
  return {
    failed,
    texts: items.filter(({ type }) => type === "message").map(messageText),
    calls: items.filter(({ call_id }) => call_id !== undefined).map(({ name, type, call_id }) =>
      `${name ?? type} ${call_id}`
    ),
  };
}

/** Whole, in single bytes, and cut before the end: the last is never taken for complete. */
function check(wire: Wire, messages: readonly string[], want: Omit<Got, "failed">): void {
  const bytes = bytesOf(messages.join(""));
  assert.deepEqual(read(wire, [bytes]), { failed: false, ...want });
  const single = [...bytes].map((byte) => Uint8Array.of(byte));
  assert.deepEqual(read(wire, single), { failed: false, ...want }, "split");
  for (let cut = 0; cut < messages.length - 2; cut++) {
    assert.ok(read(wire, [bytesOf(messages.slice(0, cut).join(""))]).failed, `cut after ${cut}`);
  }
}

const event = (type: string, fields: JsonObject) =>
  `data: ${JSON.stringify({ type: `response.${type}`, ...fields })}\n\n`;
const created = event("created", { response: { id: "r", object: "response", output: [] } });
const completed = (...output: JsonObject[]) =>
  event("completed", { response: { id: "r", object: "response", status: "completed", output } });
const added = (output_index: number | null, item: JsonObject) =>
  event("output_item.added", { ...(output_index !== null && { output_index }), item });
const done = (output_index: number | null, item: JsonObject) =>
  event("output_item.done", { ...(output_index !== null && { output_index }), item });
const fc = (id: string, call_id: string | null, args = "{}"): JsonObject => ({
  ...{ type: "function_call", id, call_id, name: "shell", arguments: args },
});
const search = (id: string, call_id: string): JsonObject => ({
  ...{ type: "tool_search_call", id, call_id, execution: "client", arguments: { query: "x" } },
});
const custom = (id: string, call_id: string): JsonObject => ({
  ...{ type: "custom_tool_call", id, call_id, name: "apply_patch", input: "*** Begin" },
});

const ITEMS: { name: string; stream: string[]; calls: string[] }[] = [
  {
    name: "a tool search whose done has another call id",
    stream: [
      added(0, search("ts", "c1")),
      done(0, search("ts", "c2")),
      completed(search("ts", "c2")),
    ],
    calls: ["tool_search_call c2"],
  },
  {
    name: "the same without indexes",
    stream: [
      added(null, search("ts", "c1")),
      done(null, search("ts", "c2")),
      completed(search("ts", "c2")),
    ],
    calls: ["tool_search_call c2"],
  },
  {
    name: "a done that comes twice, each with a call id of its own",
    stream: [
      added(0, fc("f", "c1")),
      done(0, fc("f", "c1")),
      done(0, fc("f", "c2")),
      completed(fc("f", "c2")),
    ],
    calls: ["shell c1"],
  },
  {
    name: "the output of the end that names the call a third way",
    stream: [added(0, fc("f", "c1")), done(0, fc("f", "c2")), completed(fc("f", "c3"))],
    calls: ["shell c2"],
  },
  {
    name: "two calls, both renamed, ended in the other order",
    stream: [
      added(0, fc("f", "c1", "")),
      added(1, fc("g", "d1", "")),
      done(1, fc("g", "d2")),
      done(0, fc("f", "c2")),
      completed(fc("f", "c2"), fc("g", "d2")),
    ],
    calls: ["shell d2", "shell c2"],
  },
  {
    name: "two calls, all numbered 0, renamed",
    stream: [
      added(0, fc("f", "c1", "")),
      added(0, fc("g", "d1", "")),
      done(0, fc("f", "c2")),
      done(0, fc("g", "d2")),
      completed(fc("f", "c2"), fc("g", "d2")),
    ],
    calls: ["shell c2", "shell d2"],
  },
  {
    name: "a custom call that is renamed",
    stream: [added(0, custom("k", "c1")), done(0, custom("k", "c2")), completed(custom("k", "c2"))],
    calls: ["apply_patch c2"],
  },
  {
    name: "a call id that comes with the done alone",
    stream: [added(0, fc("f", null, "")), done(0, fc("f", "c2")), completed(fc("f", "c2"))],
    calls: ["shell c2"],
  },
  {
    name: "calls without item ids are told apart by their call ids",
    stream: [
      done(0, { ...fc("", "c1"), id: undefined }),
      done(0, { ...fc("", "c2"), id: undefined }),
      completed(),
    ],
    calls: ["shell c1", "shell c2"],
  },
];
for (const { name, stream, calls } of ITEMS) {
  Deno.test(`identity, items: ${name}`, () =>
    check("responses", [created, ...stream], { texts: [], calls }));
}

const line = (json: JsonObject) => `data: ${JSON.stringify(json)}\n\n`;
const choice = (index: number | undefined, delta: JsonObject, finish: string | null = null) => ({
  ...{ ...(index !== undefined && { index }), delta, finish_reason: finish },
});
const chunk = (...choices: JsonObject[]) => line({ id: "x", choices });
const DONE = "data: [DONE]\n\n";
const called = (id: string) => ({
  tool_calls: [{ index: 0, id, type: "function", function: { name: "shell", arguments: "{}" } }],
});

const CHOICES: { name: string; stream: string[]; texts: string[]; calls: string[] }[] = [
  {
    name: "an empty one before the one with the text",
    stream: [
      chunk(choice(0, { role: "assistant", content: "" }), choice(1, { content: "Four" })),
      chunk(choice(0, {}), choice(1, { content: "." })),
      chunk(choice(0, {}, "stop"), choice(1, {}, "stop")),
      DONE,
    ],
    texts: ["Four."],
    calls: [],
  },
  {
    name: "an empty one that finishes first",
    stream: [
      chunk(choice(0, {}, "stop"), choice(1, { content: "Fo" })),
      chunk(choice(1, { content: "ur." })),
      chunk(choice(1, {}, "stop")),
      DONE,
    ],
    texts: ["Four."],
    calls: [],
  },
  {
    name: "an alternative that nobody asked for",
    stream: [
      chunk(choice(0, { content: "Fo" }), choice(1, { content: "Vi" })),
      chunk(choice(1, { content: "er." })),
      chunk(choice(0, { content: "ur." })),
      chunk(choice(0, {}, "stop"), choice(1, {}, "stop")),
      DONE,
    ],
    texts: ["Four."],
    calls: [],
  },
  {
    name: "one that is numbered 1 alone",
    stream: [chunk(choice(1, { content: "Four." })), chunk(choice(1, {}, "stop")), DONE],
    texts: ["Four."],
    calls: [],
  },
  {
    name: "none is numbered",
    stream: [
      chunk(choice(undefined, {}), choice(undefined, { content: "Four." }, "stop")),
      DONE,
    ],
    texts: ["Four."],
    calls: [],
  },
  {
    name: "the call stands in the second",
    stream: [chunk(choice(0, { content: null }), choice(1, called("c1"), "tool_calls")), DONE],
    texts: [],
    calls: ["shell c1"],
  },
  {
    name: "the text stands in the first, the call in the second",
    stream: [
      chunk(
        { index: 0, message: { content: "I look." }, finish_reason: "tool_calls" },
        { index: 1, message: { content: null, ...called("c1") }, finish_reason: "tool_calls" },
      ),
      DONE,
    ],
    texts: ["I look."],
    calls: ["shell c1"],
  },
  {
    name: "the first has text and call, the second the same",
    stream: [
      chunk(
        choice(0, { content: "A", ...called("c1") }, "tool_calls"),
        choice(1, { content: "B", ...called("c2") }, "tool_calls"),
      ),
      DONE,
    ],
    texts: ["A"],
    calls: ["shell c1"],
  },
];
for (const { name, stream, texts, calls } of CHOICES) {
  Deno.test(`identity, choices: ${name}`, () => check("chat", stream, { texts, calls }));
}

const piece = (content: string, finish: string | null = null): JsonObject => ({
  choices: [choice(0, { content }, finish)],
});
const ENVELOPES: { name: string; wrap: (json: JsonObject) => JsonObject }[] = [
  { name: "data", wrap: (json) => ({ data: json }) },
  { name: "code, msg and data", wrap: (json) => ({ code: 200, msg: "success", data: json }) },
  { name: "code 0 and result", wrap: (json) => ({ code: 0, message: "ok", result: json }) },
  { name: "success and data", wrap: (json) => ({ success: true, message: "", data: json }) },
  { name: "output", wrap: (json) => ({ output: json, request_id: "1" }) },
  { name: "response in data", wrap: (json) => ({ data: { response: json } }) },
  { name: "data as a text", wrap: (json) => ({ data: JSON.stringify(json) }) },
  { name: "a null error beside it", wrap: (json) => ({ error: null, data: json }) },
];
for (const { name, wrap } of ENVELOPES) {
  Deno.test(`identity, envelopes: ${name}`, () => {
    const stream = [piece("Fo"), piece("ur."), piece("", "stop")].map(wrap).map(line);
    check("chat", [...stream, DONE], { texts: ["Four."], calls: [] });
    const answer = wrap({ choices: [{ message: { content: "Four." }, finish_reason: "stop" }] });
    const messages = WIRES.chat.decodeComplete(answer)?.map(({ data }) => `data: ${data}\n\n`);
    const { texts } = read("chat", [bytesOf((messages ?? []).join(""))]);
    assert.deepEqual(texts, ["Four."], "as JSON");
  });

  Deno.test(`identity, envelopes: ${name}, on the other wire`, () => {
    const item = {
      ...{ type: "message", id: "m", role: "assistant" },
      content: [{ type: "output_text", text: "Four." }],
    };
    const response = { id: "r", object: "response", status: "completed", output: [item] };
    const stream = [
      { type: "response.output_item.done", output_index: 0, item },
      { type: "response.completed", response },
    ].map(wrap).map(line);
    const want = { failed: false, texts: ["Four."], calls: [] };
    assert.deepEqual(read("responses", [bytesOf(stream.join(""))]), want);
    const messages = WIRES.responses.decodeComplete(wrap(response))?.map(({ data }) =>
      `data: ${data}\n\n`
    );
    assert.deepEqual(read("responses", [bytesOf((messages ?? []).join(""))]), want, "as JSON");
  });
}

Deno.test("identity, envelopes: an error in an envelope, and an envelope without an answer, are opened by nobody", () => {
  const error = line({ code: 500, msg: "broken", data: null });
  assert.ok(read("chat", [bytesOf(error + DONE)]).failed);
  assert.equal(WIRES.chat.decodeComplete({ data: { items: [] } }), undefined);
  assert.equal(WIRES.responses.decodeComplete({ data: { choices: [] } }), undefined);
});
