/** What an answer of the Messages API becomes: tables of streams, and what is no answer. */

import assert from "node:assert/strict";
import { MESSAGES } from "../../helpers/anthropic_streams.ts";
import { gistOf } from "../../helpers/chat_streams.ts";
import { seededRandom } from "../../helpers/fake_clock.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { GENERIC_ANTHROPIC } from "../../../lib/provider/anthropic_rules.ts";
import {
  anthropicReader,
  type AnthropicReaderOptions,
} from "../../../lib/translate/anthropic/decoder.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";
import { sseReader } from "../../../lib/wire/sse.ts";
import { pipe } from "../../../lib/base/stage.ts";

function read(
  bytes: Uint8Array,
  more: Partial<AnthropicReaderOptions> = {},
): { events: ResponsesEvent[]; failure?: Failure } {
  const stage = pipe(
    sseReader({ maxEvent: 1 << 24 }),
    anthropicReader({
      rules: GENERIC_ANTHROPIC,
      model: "m",
      createdAt: 1_800_000_000,
      toolNames: new Set(["ls", "weather"]),
      random: seededRandom(1),
      limits: { toolCalls: 128, event: 1 << 20 },
      takenCallIds: new Set(),
      classify: (body) => new Failure("overloaded", JSON.stringify(body)),
      ...more,
    }),
  );
  const events: ResponsesEvent[] = [];
  try {
    events.push(...stage.push(bytes));
    events.push(...stage.end());
  } catch (error) {
    return { events, failure: asFailure(error) };
  }
  return { events };
}

const sse = (...messages: JsonObject[]): Uint8Array =>
  new TextEncoder().encode(
    messages.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join(""),
  );
const start = (usage: JsonObject = { input_tokens: 7 }, id = "msg_1"): JsonObject => ({
  type: "message_start",
  message: { id, type: "message", role: "assistant", content: [], usage },
});
const begin = (index: number, block: JsonObject): JsonObject => ({
  type: "content_block_start",
  index,
  content_block: block,
});
const delta = (index: number, value: JsonObject): JsonObject => ({
  type: "content_block_delta",
  index,
  delta: value,
});
const stop = (index: number): JsonObject => ({ type: "content_block_stop", index });
const end = (reason: string, usage: JsonObject = { output_tokens: 3 }): JsonObject[] => [
  { type: "message_delta", delta: { stop_reason: reason, stop_sequence: null }, usage },
  { type: "message_stop" },
];
const words = (index: number, ...texts: string[]): JsonObject[] => [
  begin(index, { type: "text", text: "" }),
  ...texts.map((text) => delta(index, { type: "text_delta", text })),
  stop(index),
];
const calls = (index: number, id: string, ...pieces: string[]): JsonObject[] => [
  begin(index, { type: "tool_use", id, name: "ls", input: {} }),
  ...pieces.map((partial_json) => delta(index, { type: "input_json_delta", partial_json })),
  stop(index),
];

const answers: { name: string; stream: JsonObject[]; text?: string; called?: string[] }[] = [
  { name: "a text", stream: [start(), ...words(0, "a", "b"), ...end("end_turn")], text: "ab" },
  {
    name: "two texts are one message",
    stream: [start(), ...words(0, "a"), ...words(1, "b"), ...end("end_turn")],
    text: "ab",
  },
  {
    name: "calls, one of them without arguments",
    stream: [start(), ...calls(0, "a", '{"x":', "1}"), ...calls(1, "b", ""), ...end("tool_use")],
    called: ['ls {"x":1}', "ls {}"],
  },
  {
    name: "calls whose pieces are mixed",
    stream: [
      start(),
      begin(0, { type: "tool_use", id: "a", name: "ls", input: {} }),
      begin(1, { type: "tool_use", id: "b", name: "ls", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: '{"x":' }),
      delta(1, { type: "input_json_delta", partial_json: '{"y":2}' }),
      delta(0, { type: "input_json_delta", partial_json: "1}" }),
      stop(0),
      stop(1),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}', 'ls {"y":2}'],
  },
  {
    name: "arguments in the beginning of the block",
    stream: [
      start(),
      begin(0, { type: "tool_use", id: "a", name: "ls", input: { x: 1 } }),
      stop(0),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}'],
  },
  {
    name: "a text in the beginning of its block, and no index anywhere",
    stream: [
      start(),
      { type: "content_block_start", content_block: { type: "text", text: "a" } },
      { type: "content_block_delta", delta: { type: "text_delta", text: "b" } },
      ...end("stop_sequence"),
    ],
    text: "ab",
  },
  {
    name: "a delta without a block that began",
    stream: [start(), delta(0, { type: "text_delta", text: "a" }), ...end("end_turn")],
    text: "a",
  },
  {
    name: "a beginning sent twice",
    stream: [start(), ...words(0, "a"), start(), ...end("end_turn")],
    text: "a",
  },
  {
    name: "pings and blocks of unknown types in between",
    stream: [
      start(),
      { type: "ping" },
      begin(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: "{}" }),
      stop(0),
      begin(1, { type: "web_search_tool_result", content: [] }),
      stop(1),
      ...words(2, "a"),
      { type: "unheard_of" },
      ...end("end_turn"),
    ],
    text: "a",
  },
  {
    name: "a complete message in one event",
    stream: [{
      type: "message",
      id: "msg_1",
      content: [{ type: "text", text: "a" }, { type: "tool_use", id: "a", name: "ls", input: {} }],
      stop_reason: "tool_use",
      usage: { input_tokens: 1, output_tokens: 1 },
    }],
    text: "a",
    called: ["ls {}"],
  },
  {
    name: "a stop reason and no message_stop",
    stream: [start(), ...words(0, "a"), ...end("end_turn").slice(0, 1)],
    text: "a",
  },
];

for (const { name, stream, text = "", called = [] } of answers) {
  Deno.test(`anthropic decoder: ${name}`, () => {
    const { events, failure } = read(sse(...stream));
    assert.equal(failure, undefined);
    assert.equal(checkGrammar(events), undefined);
    const got = gistOf(events);
    assert.equal(got.text, text);
    assert.deepEqual(itemsOf(events), called);
    assert.equal(events.at(-1)?.type, "response.completed");
  });
}

function itemsOf(events: readonly ResponsesEvent[]): string[] {
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) && item.type === "function_call"
      ? [`${item.name} ${item.arguments}`]
      : []
  );
}

const failures: { name: string; stream: JsonObject[]; code: string; says: RegExp }[] = [
  {
    name: "a cut text",
    stream: [start(), ...words(0, "a")],
    code: "truncated",
    says: /in the middle of the answer/,
  },
  { name: "nothing", stream: [], code: "truncated", says: /in the middle/ },
  {
    name: "an end without content",
    stream: [start(), ...end("end_turn")],
    code: "empty_answer",
    says: /neither text nor a tool call/,
  },
  {
    name: "an error event",
    stream: [start(), { type: "error", error: { type: "overloaded_error", message: "Busy" } }],
    code: "overloaded",
    says: /Busy/,
  },
  {
    name: "a refusal with its reason",
    stream: [start(), {
      type: "message_delta",
      delta: { stop_reason: "refusal", stop_details: { explanation: "Not this." } },
    }],
    code: "moderated",
    says: /refused to answer: Not this\./,
  },
  {
    name: "a stop for a call that did not come",
    stream: [start(), ...words(0, "a"), ...end("tool_use")],
    code: "bad_answer",
    says: /sent none/,
  },
  {
    name: "another answer in the same stream",
    stream: [start(), ...words(0, "a"), start({}, "msg_2"), ...words(0, "b"), ...end("end_turn")],
    code: "truncated",
    says: /began another one/,
  },
  {
    name: "a pause, after what there is",
    stream: [start(), ...words(0, "a"), ...end("pause_turn")],
    code: "truncated",
    says: /paused/,
  },
];

for (const { name, stream, code, says } of failures) {
  Deno.test(`anthropic decoder: ${name} is a failure`, () => {
    const { failure } = read(sse(...stream));
    assert.equal(failure?.code, code);
    assert.match(failure?.message ?? "", says);
  });
}

Deno.test("anthropic decoder: a pause finishes the text that came before it", () => {
  const { events } = read(sse(start(), ...words(0, "a"), ...end("pause_turn")));
  assert.equal(events.at(-1)?.type, "response.output_item.done");
});

Deno.test("anthropic decoder: max_tokens is an incomplete answer, its cut call is none", () => {
  const { events } = read(
    sse(start(), ...words(0, "a"), ...calls(1, "c", '{"x'), ...end("max_tokens")),
  );
  assert.equal(events.at(-1)?.type, "response.incomplete");
  assert.deepEqual(itemsOf(events), []);
});

Deno.test("anthropic decoder: the input is the sum of what is counted apart", () => {
  const usage = {
    input_tokens: 10,
    cache_read_input_tokens: 100,
    cache_creation_input_tokens: 5,
    output_tokens: 1,
  };
  const { events } = read(sse(
    start(usage),
    ...words(0, "a"),
    ...end("end_turn", { input_tokens: 0, output_tokens: 9 }),
  ));
  const response = events.at(-1)?.data.response as JsonObject;
  assert.deepEqual(response.usage, {
    input_tokens: 115,
    input_tokens_details: { cached_tokens: 100, cache_write_tokens: 5 },
    output_tokens: 9,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: 124,
  });
});

Deno.test("anthropic decoder: an answer that goes on gets its beginning", () => {
  const { events } = read(sse(start(), ...words(0, " is 42."), ...end("end_turn")), {
    prefix: "The answer",
  });
  assert.equal(gistOf(events).text, "The answer is 42.");
});

Deno.test("anthropic decoder: the recordings are there", () => assert.ok(MESSAGES.length >= 15));
