/**
 * Answers that a provider could send to make the sidecar work or keep too much, as JSON of each message, by their size.
 *
 * @module
 */

import type { JsonObject } from "../../../lib/base/json.ts";

type Answer = (n: number) => Iterable<JsonObject>;

const many = (make: (n: number) => JsonObject): Answer =>
  function* (n) {
    for (let at = 0; at < n; at++) yield make(at);
  };
const after = (first: readonly JsonObject[], then: Answer): Answer =>
  function* (n) {
    yield* first;
    yield* then(n);
  };

const CREATED = { type: "response.created", response: { id: "r" } };
const added = (item: JsonObject, place: JsonObject = {}) => ({
  type: "response.output_item.added",
  ...place,
  item,
});
const done = (item: JsonObject, place: JsonObject = {}) => ({
  type: "response.output_item.done",
  ...place,
  item,
});
const at = (output_index: number) => ({ output_index });
const message = (id: string) => ({ type: "message", id, role: "assistant", content: [] });
const call = (id: string, name?: string) => ({
  type: "function_call",
  id,
  call_id: id,
  ...(name === undefined ? {} : { name }),
});
const text = (delta: string, more: JsonObject) => ({
  type: "response.output_text.delta",
  delta,
  ...more,
});
const args = (delta: string, more: JsonObject) => ({
  type: "response.function_call_arguments.delta",
  delta,
  ...more,
});
const CALLS_100 = Array.from({ length: 100 }, (_, n) => added(call(`c${n}`, "apply_patch"), at(n)));

/** For the Responses wire. */
export const HOSTILE_RESPONSES: Readonly<Record<string, Answer>> = {
  "calls with state": many((n) =>
    done({ ...call(`c${n}`, "shell"), arguments: "{}", thought_signature: "x" }, at(n))
  ),
  "one call done again under other call ids": many((n) =>
    done({ ...call("c", "shell"), call_id: `c${n}`, arguments: "{}" }, at(0))
  ),
  "items announced": many((n) => added(message(`m${n}`), at(n))),
  "items announced, numbered 0": many((n) => added(message(`m${n}`), at(0))),
  "items announced, not numbered": many((n) => added(message(`m${n}`))),
  "items announced and done, not numbered": function* (n) {
    for (let each = 0; each < n; each++) {
      yield added(message(`m${each}`));
      yield done({ ...message(`m${each}`), content: [{ type: "output_text", text: "x" }] });
    }
  },
  "items done, not numbered, without ids": many(() => done({ type: "message", content: "x" })),
  "one item announced again": many(() => added(message("m"), at(0))),
  "one item announced again under other ids": many((n) =>
    added({ type: "reasoning", id: `r${n}`, summary: [] }, at(0))
  ),
  "one item done again": many(() => done({ ...message("m"), content: "x" }, at(0))),
  "calls announced": many((n) => added(call(`c${n}`, "apply_patch"), at(n))),
  "calls without a name": function* (n) {
    for (let each = 0; each < n; each++) {
      yield added(call(`c${each}`), at(each));
      yield args("{}", { item_id: `c${each}`, ...at(each) });
    }
  },
  "deltas for a call without a name": after(
    [added(call("c"), at(0))],
    many(() => args("x", { item_id: "c", ...at(0) })),
  ),
  "deltas of 100 calls in turn": after(
    CALLS_100,
    many((n) => args("x", { item_id: `c${n % 100}`, ...at(n % 100) })),
  ),
  "deltas of 100 calls in turn, by place": after(CALLS_100, many((n) => args("x", at(n % 100)))),
  "deltas nobody announced": many((n) => text("x", { item_id: `m${n}`, ...at(n) })),
  "deltas of calls nobody announced": many((n) => args("x", { item_id: `c${n}`, ...at(n) })),
  "deltas without a place": after([added(message("m"))], many(() => text("x", {}))),
  "deltas without a place behind many items": function* (n) {
    for (let each = 0; each < 500; each++) yield added(message(`m${each}`), at(each));
    for (let each = 0; each < 500; each++) yield done(message(`m${each}`), at(each));
    for (let each = 0; each < n; each++) yield text("x", {});
  },
  "deltas with places far away": many((n) => text("x", at(1e300 + n))),
  "items with places far away": many((n) => added(message(`m${n}`), at(2 ** 31 - 2 + n))),
  "deltas under ids of their own": after(
    [CREATED, added({ type: "message", content: [] }, at(0))],
    many((n) => text("x", { item_id: `m${n}`, ...at(0) })),
  ),
  "parts without end": after(
    [added(message("m"), at(0))],
    many((n) => text("x", { item_id: "m", ...at(0), content_index: n })),
  ),
  "empty parts without end": after(
    [added(message("m"), at(0))],
    many((n) => text("", { item_id: "m", ...at(0), content_index: n })),
  ),
  "arguments called whole, with none": after(
    [
      added(call("c", "shell"), at(0)),
      args("x".repeat(100_000), { item_id: "c", ...at(0) }),
    ],
    many(() => ({ type: "response.function_call_arguments.done", item_id: "c", ...at(0) })),
  ),
  "a long id said again": after(
    [added(message("m".repeat(100_000)), at(0))],
    many(() => text("x", { item_id: "m", ...at(0) })),
  ),
  "responses created": many((n) => ({ ...CREATED, sequence_number: n })),
  "responses in progress and events of no kind": function* (n) {
    for (let each = 0; each < n; each++) {
      yield { type: "response.in_progress", response: { id: "r" } };
      yield { type: `response.news.${each}`, x: each };
    }
  },
  "parts announced": after(
    [added(message("m"), at(0))],
    many((n) => ({
      type: "response.content_part.added",
      item_id: "m",
      ...at(0),
      content_index: n,
      part: { type: "output_text", text: "" },
    })),
  ),
  "a whole output of calls": function* (n) {
    yield done({ ...message("m"), content: "x" }, at(0));
    const output = Array.from({ length: n }, (_, each) => call(`c${each}`, "shell"));
    yield { type: "response.completed", response: { id: "r", output } };
  },
  "a whole output of messages": function* (n) {
    const output = Array.from({ length: n }, () => ({ type: "message", content: "x" }));
    yield { type: "response.completed", response: { id: "r", output } };
  },
  "keep-alives": many(() => ({ type: "keepalive" })),
  "an error in errors": function* (n) {
    let error: JsonObject = { message: "no" };
    for (let each = 0; each < Math.min(n, 400); each++) error = { error };
    yield { type: "error", error };
  },
};

const delta = (fields: JsonObject) => ({ choices: [{ index: 0, delta: fields }] });
const toolCall = (fields: JsonObject) => delta({ tool_calls: [fields] });
const STOP = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };

/** For the Chat wire. */
export const HOSTILE_CHATS: Readonly<Record<string, Answer>> = {
  "choices with content": function* (n) {
    yield {
      choices: Array.from({ length: n }, (_, index) => ({ index, delta: { content: "x" } })),
    };
  },
  "pieces of blocks of state": many((n) =>
    delta({ reasoning_details: [{ type: "reasoning.text", index: n % 100, text: "x" }] })
  ),
  "pieces of blocks of state, not numbered": many(() =>
    delta({ reasoning_details: [{ type: "reasoning.text", text: "x" }] })
  ),
  "blocks of state in one chunk": function* (n) {
    const block = { type: "reasoning.text", index: 0, text: "x" };
    yield delta({ reasoning_details: Array.from({ length: n }, () => block) });
    yield delta({ reasoning_details: Array.from({ length: n }, () => block) });
  },
  "state of many names": many((n) => delta({ [`s${n}_signature`]: "x" })),
  "state of many names at one call": many((n) =>
    toolCall({ index: 0, id: "c", function: { name: "shell" }, [`s${n}_signature`]: "x" })
  ),
  "calls with state": many((index) =>
    toolCall({
      ...{ index, id: `c${index}`, function: { name: "shell", arguments: "{}" } },
      extra_content: { google: { thought_signature: "x" } },
    })
  ),
  choices: function* (n) {
    yield { choices: Array.from({ length: n }, (_, index) => ({ index: n - index, delta: {} })) };
  },
  "calls in one chunk": function* (n) {
    yield delta({ tool_calls: Array.from({ length: n }, () => ({})) });
  },
  calls: many((index) => toolCall({ index, id: `c${index}`, function: { name: "shell" } })),
  "calls in turn": many((n) =>
    toolCall({
      index: n % 100,
      ...(n < 100 ? { id: `c${n}` } : {}),
      function: { ...(n < 100 ? { name: "apply_patch" } : {}), arguments: "x" },
    })
  ),
  "a call under one id for each fragment": many((n) =>
    toolCall({ index: 0, id: `c${n}`, function: { name: "shell", arguments: '{"a":' } })
  ),
  "calls under one id": many((index) =>
    toolCall({ index, id: "c", function: { name: "shell", arguments: "{}" } })
  ),
  "a call whose name is said again": many(() =>
    toolCall({ index: 0, function: { name: "shell", arguments: '{"a":' } })
  ),
  "a whole call and blanks": after(
    [toolCall({ index: 0, id: "c", function: { name: "shell", arguments: "{}" } })],
    many(() => toolCall({ index: 0, function: { name: "shell", arguments: " " } })),
  ),
  "blanks for arguments": after(
    [toolCall({ index: 0, id: "c", function: { name: "shell" } })],
    many(() => toolCall({ index: 0, function: { arguments: " " } })),
  ),
  "a call without a name": many(() => toolCall({ index: 0, function: { arguments: "x" } })),
  "a call named late": function* (n) {
    for (let each = 0; each < n; each++) yield toolCall({ index: 0, function: { arguments: "x" } });
    yield toolCall({ index: 0, id: "c", function: { name: "apply_patch", arguments: "" } });
    yield STOP;
  },
  "a call of a custom tool": function* (n) {
    yield toolCall({
      index: 0,
      id: "c",
      function: { name: "apply_patch", arguments: '{"input":"' },
    });
    for (let each = 0; each < n; each++) {
      yield toolCall({ index: 0, function: { arguments: each % 2 ? "\\u" : "d83d" } });
    }
    yield toolCall({ index: 0, function: { arguments: '"}' } });
    yield STOP;
  },
  "words and thoughts in turn": many((n) =>
    delta(n % 2 ? { content: "a" } : { reasoning_content: "b" })
  ),
  "blanks before the first word": many(() => delta({ content: " " })),
  "thoughts of one letter": many(() => delta({ reasoning_content: "a" })),
  "halves of characters": many((n) => delta({ content: n % 2 ? "\ude00" : "\ud83d" })),
  usage: many((n) => ({ choices: [], usage: { prompt_tokens: n, completion_tokens: n } })),
  "finish and finish": many(() => STOP),
  "content parts": function* (n) {
    yield delta({ content: Array.from({ length: n }, () => ({ type: "text", text: "<think>" })) });
  },
};
