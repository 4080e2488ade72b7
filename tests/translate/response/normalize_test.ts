import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import type { Json, JsonObject } from "../../../lib/base/json.ts";
import { pipe } from "../../../lib/base/stage.ts";
import { normalizer } from "../../../lib/translate/response/normalize.ts";
import { responsesReader } from "../../../lib/translate/response/read_events.ts";
import { responseObject } from "../../../lib/wire/response_object.ts";
import type { SseMessage } from "../../../lib/wire/sse.ts";

const UUID = "b594b7e1-3dbb-4b65-b8c2-f4f5aae4ee80";

/** Reads messages; returns the events' JSON, and the failure's code where there is one. */
function read(messages: (SseMessage | JsonObject)[], toolCalls = 128): unknown[] {
  const classify = (_: JsonObject, text: string) => new Failure("overloaded", text);
  const stage = pipe(responsesReader({ classify }), normalizer({ toolCalls }));
  const out: unknown[] = [];
  try {
    for (const each of messages) {
      const message = "data" in each && Object.keys(each).every((key) =>
          key === "data" || key === "event"
        )
        ? each as unknown as SseMessage
        : { data: JSON.stringify(each) };
      out.push(...stage.push(message).map(({ data }) => data));
    }
    out.push(...stage.end().map(({ data }) => data));
  } catch (error) {
    out.push((error as Failure).code);
  }
  return out;
}

const added = (item: JsonObject, index = 0) => ({
  type: "response.output_item.added",
  output_index: index,
  item,
});
const done = (item: JsonObject, index = 0) => ({
  type: "response.output_item.done",
  output_index: index,
  item,
});
const completed = (response: JsonObject = {}) => ({
  type: "response.completed",
  response: { id: "r", ...response },
});
const call = (fields: JsonObject = {}) => ({
  type: "function_call",
  id: "fc_1",
  call_id: "c",
  name: "ls",
  arguments: "{}",
  ...fields,
});
const message = (text: string) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const said = (content: Json | undefined) => ({
  type: "message",
  id: "msg_1",
  role: "assistant",
  ...(content === undefined ? {} : { content }),
});
const parts = (...texts: string[]) =>
  texts.map((text) => ({ type: "output_text", text, annotations: [] }));
const about = (type: string, fields: JsonObject) => ({
  type: `response.${type}`,
  output_index: 0,
  ...fields,
});
const usage = { input_tokens: 3, output_tokens: 4, total_tokens: 7 };
const strict = {
  input_tokens: 3,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens: 4,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 7,
};
const ended = (response: JsonObject) => ({
  type: "response.completed",
  response: { id: "r", status: "completed", ...response },
});

const cases: { name: string; in: (SseMessage | JsonObject)[]; out: unknown[] }[] = [
  {
    name: "usage with empty details is completed",
    in: [completed({ usage: { ...usage, input_tokens_details: {}, output_tokens_details: null } })],
    out: [ended({ usage: strict })],
  },
  {
    name: "usage in chat names is translated",
    in: [completed({ usage: { prompt_tokens: 3, completion_tokens: 4 } })],
    out: [ended({ usage: strict })],
  },
  {
    name: "right usage stays as it is",
    in: [completed({ usage: strict })],
    out: [completed({ usage: strict })],
  },
  { name: "absent usage stays absent", in: [completed()], out: [completed()] },
  {
    name: "end_turn does not reach Codex",
    in: [completed({ end_turn: false })],
    out: [ended({ usage: null })],
  },
  {
    name: "a completed without an id takes the one of created",
    in: [{ type: "response.created", response: { id: "r" } }, {
      type: "response.completed",
      response: { output: [] },
    }],
    out: [{ type: "response.created", response: { id: "r" } }, ended({ output: [], usage: null })],
  },
  {
    name: "bare UUIDs get their prefix in the item and in its deltas",
    in: [
      added({ ...message(""), id: UUID }),
      { type: "response.output_text.delta", output_index: 0, item_id: UUID, delta: "x" },
      done({ ...message("x"), id: UUID }),
      completed(),
    ],
    out: [
      added({ ...message(""), id: `msg_${UUID}` }),
      { type: "response.output_text.delta", output_index: 0, item_id: `msg_${UUID}`, delta: "x" },
      done({ ...message("x"), id: `msg_${UUID}` }),
      completed(),
    ],
  },
  {
    name: "arguments.done without arguments gets those of the deltas",
    in: [
      added(call({ arguments: "" })),
      {
        type: "response.function_call_arguments.delta",
        output_index: 0,
        item_id: "fc_1",
        delta: '{"a":1}',
      },
      { type: "response.function_call_arguments.done", output_index: 0, item_id: "fc_1" },
      done(call({ arguments: '{"a":1}' })),
      completed(),
    ],
    out: [
      added(call({ arguments: "" })),
      {
        type: "response.function_call_arguments.delta",
        output_index: 0,
        item_id: "fc_1",
        delta: '{"a":1}',
      },
      {
        type: "response.function_call_arguments.done",
        output_index: 0,
        item_id: "fc_1",
        arguments: '{"a":1}',
      },
      done(call({ arguments: '{"a":1}' })),
      completed(),
    ],
  },
  {
    name: "arguments as an object become text",
    in: [done(call({ arguments: { a: 1 } })), completed()],
    out: [done(call({ arguments: '{"a":1}' })), completed()],
  },
  {
    name: "empty arguments become {}",
    in: [done(call({ arguments: "" })), completed()],
    out: [done(call()), completed()],
  },
  {
    name: "arguments that only the deltas of an unannounced call carried are taken from them",
    in: [
      about("function_call_arguments.delta", { item_id: "fc_1", delta: '{"a":' }),
      about("function_call_arguments.delta", { item_id: "fc_1", delta: "1}" }),
      done(call({ arguments: "" })),
      completed(),
    ],
    out: [done(call({ arguments: '{"a":1}' })), completed()],
  },
  {
    name: "arguments that only arguments.done carried are taken from it",
    in: [
      added(call({ arguments: "" })),
      about("function_call_arguments.done", { arguments: '{"a":1}' }),
      done({ type: "function_call", id: "fc_1", call_id: "c", name: "ls" }),
      completed(),
    ],
    out: [
      added(call({ arguments: "" })),
      about("function_call_arguments.done", { arguments: '{"a":1}' }),
      done(call({ arguments: '{"a":1}' })),
      completed(),
    ],
  },
  {
    name: "arguments of the finished item win over what was received",
    in: [
      about("function_call_arguments.delta", { delta: '{"a":' }),
      done(call({ arguments: '{"b":2}' })),
      completed(),
    ],
    out: [done(call({ arguments: '{"b":2}' })), completed()],
  },
  {
    name: "a call announced after its first deltas keeps them",
    in: [
      about("function_call_arguments.delta", { delta: '{"a":' }),
      added(call({ arguments: "" })),
      about("function_call_arguments.delta", { delta: "1}" }),
      done(call({ arguments: "" })),
      completed(),
    ],
    out: [
      added(call({ arguments: "" })),
      about("function_call_arguments.delta", { delta: "1}" }),
      done(call({ arguments: '{"a":1}' })),
      completed(),
    ],
  },
  {
    name: "a call whose done item is null is made of what was announced and received",
    in: [
      added(call({ arguments: "" })),
      about("function_call_arguments.done", { arguments: '{"a":1}' }),
      about("output_item.done", { item: null }),
      completed(),
    ],
    out: [
      added(call({ arguments: "" })),
      about("function_call_arguments.done", { arguments: '{"a":1}' }),
      done(call({ arguments: '{"a":1}', status: "completed" })),
      ended({ usage: null }),
    ],
  },
  {
    name: "deltas of a call that nobody ever named are no answer",
    in: [about("function_call_arguments.delta", { delta: "{}" }), completed()],
    out: ["bad_answer"],
  },
  {
    name: "the input of a custom call that only input.done carried is taken from it",
    in: [
      about("custom_tool_call_input.done", { input: "*** x" }),
      done({ type: "custom_tool_call", id: "ctc_1", call_id: "c", name: "p", input: "" }),
      completed(),
    ],
    out: [
      done({ type: "custom_tool_call", id: "ctc_1", call_id: "c", name: "p", input: "*** x" }),
      completed(),
    ],
  },
  {
    name: "numeric ids become text, in the deltas too",
    in: [
      added({ ...message(""), id: 12 }),
      about("output_text.delta", { item_id: 12, delta: "x" }),
      done({ ...message("x"), id: 12 }),
      done(call({ id: 13, call_id: 14 }), 1),
      completed(),
    ],
    out: [
      added({ ...message(""), id: "12" }),
      about("output_text.delta", { item_id: "12", delta: "x" }),
      done({ ...message("x"), id: "12" }),
      done(call({ id: "13", call_id: "14" }), 1),
      completed(),
    ],
  },
  ...[undefined, null, "", [], [{ type: "output_text", text: "" }]].map((content) => ({
    name: `a message done with content ${JSON.stringify(content)} takes the text that was received`,
    in: [
      added(said([])),
      about("output_text.delta", { content_index: 0, delta: "one " }),
      about("output_text.done", { content_index: 0, text: "one " }),
      about("output_text.done", { content_index: 1, text: "two" }),
      done(said(content)),
      completed(),
    ],
    out: [
      added(said([])),
      about("output_text.delta", { content_index: 0, delta: "one " }),
      about("output_text.done", { content_index: 0, text: "one " }),
      about("output_text.done", { content_index: 1, text: "two" }),
      done(said(parts("one two"))),
      completed(),
    ],
  })),
  ...([
    ["a part of type text", [{ type: "text", text: "a" }], [{ type: "output_text", text: "a" }]],
    ["a refusal", [{ type: "refusal", refusal: "I cannot" }], parts("I cannot")],
    ["text as plain strings", ["a", "b"], parts("a", "b")],
    ["a plain string", "abc", parts("abc")],
    [
      "a part that Codex does not know",
      [{ type: "audio", data: "x" }, { type: "output_text", text: "a" }],
      [{ type: "output_text", text: "a" }],
    ],
  ] as const).map(([name, content, wanted]) => ({
    name: `${name} in a message becomes text that Codex shows`,
    in: [done(said(content as unknown as Json)), completed()],
    out: [done(said(wanted as unknown as Json)), completed()],
  })),
  {
    name: "reasoning in plain strings becomes parts",
    in: [done({ type: "reasoning", id: "rs_1", summary: "s", content: "c" }), completed()],
    out: [
      done({
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "s" }],
        content: [{ type: "reasoning_text", text: "c" }],
      }),
      completed(),
    ],
  },
  {
    name: "half a character becomes U+FFFD, a complete one stays",
    in: [done(message("a\ud83d 😀")), completed()],
    out: [done(message("a\ufffd 😀")), completed()],
  },
  {
    name: "a call without call_id takes its item's id",
    in: [done({ type: "function_call", id: "fc_1", name: "ls", arguments: "{}" }), completed()],
    out: [done(call({ call_id: "fc_1" })), completed()],
  },
  {
    name: "a call without a name is no answer",
    in: [done(call({ name: "" })), completed()],
    out: ["bad_answer"],
  },
  {
    name: "a name that came only in added is kept",
    in: [added(call()), done(call({ name: "" })), completed()],
    out: [added(call()), done(call()), completed()],
  },
  {
    name: "reasoning without summary gets an empty one",
    in: [done({ type: "reasoning", id: "rs_1" }), completed()],
    out: [done({ type: "reasoning", id: "rs_1", summary: [] }), completed()],
  },
  {
    name: "sealed reasoning that only added had is kept",
    in: [
      added({ type: "reasoning", id: "rs_1", encrypted_content: "s" }),
      done({ type: "reasoning", id: "rs_1", summary: [] }),
      completed(),
    ],
    out: [
      added({ type: "reasoning", id: "rs_1", encrypted_content: "s" }),
      done({ type: "reasoning", id: "rs_1", summary: [], encrypted_content: "s" }),
      completed(),
    ],
  },
  ...([
    ["a phase it does not know", { phase: "final" }],
    ["a status that is no text", { status: 5 }],
    ["a namespace that is no text", { namespace: {} }],
    ["a seal that is no text", { encrypted_content: 5 }],
    ["a role of another make", { role: "model" }],
    ["annotations that are no list", {
      content: [{ type: "output_text", text: "x", annotations: "y" }],
    }],
    ["log probabilities that are no list", {
      content: [{ type: "output_text", text: "x", logprobs: 5 }],
    }],
  ] as [string, JsonObject][]).map(([what, fields]) => {
    const content = [{ type: "output_text", text: "x", annotations: [] }];
    return {
      name: `Codex is spared ${what}`,
      in: [done({ ...message("x"), content, ...fields }), completed()],
      out: [done({ ...message("x"), content }), completed()],
    };
  }),
  {
    name: "optional fields that are right or null stay",
    in: [done({ ...message("x"), phase: "commentary", status: null }), completed()],
    out: [done({ ...message("x"), phase: "commentary", status: null }), completed()],
  },
  {
    name:
      "an item announced, streamed and called complete without a done is finished from its deltas",
    in: [added({ type: "message", id: "msg_1", role: "assistant", content: [] }), {
      type: "response.output_text.delta",
      output_index: 0,
      item_id: "msg_1",
      delta: "hi",
    }, completed({ usage: strict })],
    out: [
      added({ type: "message", id: "msg_1", role: "assistant", content: [] }),
      { type: "response.output_text.delta", output_index: 0, item_id: "msg_1", delta: "hi" },
      done({
        type: "message",
        id: "msg_1",
        role: "assistant",
        status: "completed",
        content: [{ type: "output_text", text: "hi", annotations: [] }],
      }),
      ended({ usage: strict }),
    ],
  },
  {
    name: "a call that was called complete in the middle of its arguments is no answer",
    in: [added(call({ arguments: "" })), {
      type: "response.function_call_arguments.delta",
      output_index: 0,
      delta: '{"a',
    }, completed()],
    out: [added(call({ arguments: "" })), {
      type: "response.function_call_arguments.delta",
      output_index: 0,
      delta: '{"a',
    }, "bad_answer"],
  },
  {
    name: "items that are only in the final output are delivered",
    in: [completed({ output: [message("hi")], usage: strict })],
    out: [
      done({ ...message("hi"), status: "completed" }),
      ended({ output: [message("hi")], usage: strict }),
    ],
  },
  {
    name: "deltas of a message nobody announced get it announced",
    in: [
      { type: "response.output_text.delta", output_index: 0, item_id: "msg_1", delta: "hi" },
      done(message("hi")),
      completed(),
    ],
    out: [
      added({
        id: "msg_1",
        type: "message",
        role: "assistant",
        status: "in_progress",
        content: [],
      }),
      { type: "response.output_text.delta", output_index: 0, item_id: "msg_1", delta: "hi" },
      done(message("hi")),
      completed(),
    ],
  },
  {
    name: "a second done of the same item is dropped",
    in: [done(message("hi")), done(message("hi")), completed()],
    out: [done(message("hi")), completed()],
  },
  {
    name: "[DONE] after complete items stands for the missing terminal event",
    in: [{ type: "response.created", response: { id: "r" } }, done(message("hi")), {
      data: "[DONE]",
    }],
    out: [
      { type: "response.created", response: { id: "r" } },
      done(message("hi")),
      {
        type: "response.completed",
        sequence_number: 0,
        response: responseObject({ id: "r", createdAt: 0, model: "" }, "completed"),
      },
    ],
  },
  {
    name: "[DONE] in the middle of an item is a cut",
    in: [added(message("")), { data: "[DONE]" }],
    out: [added(message("")), "truncated"],
  },
  { name: "[DONE] without any item is a cut", in: [{ data: "[DONE]" }], out: ["truncated"] },
  {
    name: "the end without a terminal event is a cut",
    in: [done(message("hi"))],
    out: [done(message("hi")), "truncated"],
  },
  {
    name: "a completed with the status incomplete is incomplete",
    in: [completed({ status: "incomplete", incomplete_details: { reason: "max_output_tokens" } })],
    out: [{
      type: "response.incomplete",
      response: {
        id: "r",
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        usage: null,
      },
    }],
  },
  {
    name: "a content filter stops with a failure",
    in: [{
      type: "response.incomplete",
      response: { id: "r", incomplete_details: { reason: "content_filter" } },
    }],
    out: ["moderated"],
  },
  {
    name: "any other incompleteness may be tried again",
    in: [{ type: "response.incomplete", response: { id: "r" } }],
    out: ["bad_answer"],
  },
  {
    name: "response.failed is classified",
    in: [{ type: "response.failed", response: { error: { code: "x" } } }],
    out: ["overloaded"],
  },
  {
    name: "an error event is classified",
    in: [{ event: "error", data: '{"message":"x"}' }],
    out: ["overloaded"],
  },
  {
    name: "an error event in plain text is classified",
    in: [{ event: "error", data: "bad gateway" }],
    out: ["overloaded"],
  },
  {
    name: "a bare error object is classified",
    in: [{ error: { message: "x" } }],
    out: ["overloaded"],
  },
  {
    name: "a completed that failed is classified",
    in: [completed({ status: "failed" })],
    out: ["overloaded"],
  },
  {
    name: "keep-alives of the provider end here",
    in: [{ type: "keepalive" }, { type: "ping" }, { data: "" }, completed()],
    out: [completed()],
  },
  {
    name: "an event without type takes the name of its message",
    in: [{ event: "response.completed", data: '{"response":{"id":"r"}}' }],
    out: [completed()],
  },
  {
    name: "a frame that is cut JSON is no answer",
    in: [{ data: '{"type":"response.cre' }],
    out: ["bad_answer"],
  },
  {
    name: "nothing follows a terminal event",
    in: [completed(), done(message("late"))],
    out: [completed()],
  },
];
for (const { name, in: messages, out } of cases) {
  Deno.test(`repair: ${name}`, () => assert.deepEqual(read(messages), out));
}

Deno.test("repair: a runaway model is stopped at the limit of calls", () => {
  const calls = [0, 1, 2].map((index) => done(call({ id: `fc_${index}` }), index));
  assert.deepEqual(read(calls, 2), [...calls.slice(0, 2), "too_large"]);
});

/** The texts that leave for one text that comes in: `undefined` where the event has to be written anew. */
const texts: { name: string; text: string; same: boolean }[] = [
  {
    name: "usage in floats is rewritten",
    text:
      '{"type":"response.completed","response":{"id":"r","usage":{"input_tokens":10.0,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}}}',
    same: false,
  },
  {
    name: "usage in integers goes out as it came",
    text:
      '{"type":"response.completed", "response":{"id":"r","usage":{"input_tokens":10,"input_tokens_details":{"cached_tokens":0},"output_tokens":1,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":11}}}',
    same: true,
  },
  {
    name: "an escaped complete character goes out as it came",
    text: '{"type":"response.output_text.delta","output_index":0,"delta":"\\ud83d\\ude00"}',
    same: true,
  },
  {
    name: "half a character is replaced",
    text: '{"type":"response.output_text.delta","output_index":0,"delta":"\\uD83D"}',
    same: false,
  },
  {
    name: "a right message goes out as it came",
    text:
      '{"type":"response.output_item.done","output_index":0,"item":{"type":"message","id":"m","role":"assistant","content":[{"type":"output_text","text":"a"}]}}',
    same: true,
  },
  {
    name: "right reasoning goes out as it came",
    text:
      '{"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","id":"r","summary":[{"type":"summary_text","text":"a"}],"content":[{"type":"reasoning_text","text":"a"}]}}',
    same: true,
  },
];
for (const { name, text, same } of texts) {
  Deno.test(`repair: ${name}`, () => {
    const classify = (_: JsonObject, words: string) => new Failure("overloaded", words);
    const stage = pipe(responsesReader({ classify }), normalizer({ toolCalls: 1 }));
    const last = stage.push({ data: text }).at(-1);
    assert.equal(last?.text, same ? text : undefined);
  });
}
