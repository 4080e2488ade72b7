/** What an answer of the Messages API becomes: tables of streams, and what is no answer. */

import assert from "node:assert/strict";
import { MESSAGES } from "../../helpers/streams/anthropic_streams.ts";
import { gistOf } from "../../helpers/streams/chat_streams.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
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
  size = bytes.length,
): { events: ResponsesEvent[]; failure?: Failure } {
  const stage = pipe(
    sseReader({ maxEvent: 1 << 24, tail: true }),
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
    for (let at = 0; at < bytes.length; at += size) {
      events.push(...stage.push(bytes.subarray(at, at + size)));
    }
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

/** A call whose arguments are anything, in the beginning of its block and in its pieces. */
const odd = (index: unknown, id: unknown, input: unknown, ...pieces: unknown[]): JsonObject[] => {
  const place = { index: index as Json };
  return [
    {
      type: "content_block_start",
      ...place,
      content_block: { type: "tool_use", id: id as Json, name: "ls", input: input as Json },
    },
    ...pieces.map((partial_json): JsonObject => ({
      type: "content_block_delta",
      ...place,
      delta: { type: "input_json_delta", partial_json: partial_json as Json },
    })),
    { type: "content_block_stop", ...place },
  ];
};
/** A stream without names of events, with data that names none: the gateway writes them beside it. */
const beside = (messages: readonly JsonObject[]): string =>
  messages.map(({ type, ...rest }) => `event: ${type}\ndata: ${JSON.stringify(rest)}\n\n`).join("");

/** `stream`: its events, or its text. `habit`: this provider ends its answers without a stop reason, which is known. */
const answers: {
  name: string;
  stream: JsonObject[] | string;
  text?: string;
  called?: string[];
  ends?: "completed" | "incomplete";
  habit?: true;
}[] = [
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
  {
    name: "events that are named beside their data alone",
    stream: beside([start(), ...words(0, "a"), ...calls(1, "c", "{}"), ...end("tool_use")]),
    text: "a",
    called: ["ls {}"],
  },
  {
    name: "events with a single end of line between them",
    stream: new TextDecoder().decode(sse(start(), ...words(0, "a"), ...end("end_turn")))
      .replaceAll("\n\n", "\n"),
    text: "a",
  },
  {
    name: "events inside an envelope",
    stream: [start(), ...words(0, "a"), ...end("end_turn")]
      .map((data) => `data: ${JSON.stringify({ code: 0, data })}\n\n`).join(""),
    text: "a",
  },
  {
    name: "a message whose content is a text",
    stream: [{ type: "message", content: "a", stop_reason: "end_turn" }],
    text: "a",
  },
  {
    name: "a complete message without a stop reason, from a provider that ends so",
    stream: [{ type: "message", content: [{ type: "text", text: "a" }], stop_reason: null }],
    text: "a",
    habit: true,
  },
  {
    name: "a stop reason beside the delta, after one that is none",
    stream: [
      start(),
      ...words(0, "a"),
      { type: "message_delta", delta: { stop_reason: null }, usage: null },
      { type: "message_delta", stop_reason: "end_turn" },
    ],
    text: "a",
  },
  {
    name: "a message_stop without a stop reason, from a provider that ends so",
    stream: [start(), ...calls(0, "a", '{"x":1}'), ...end("null")],
    called: ['ls {"x":1}'],
    habit: true,
  },
  {
    name: "the end mark of another wire without a stop reason, from a provider that ends so",
    stream: new TextDecoder().decode(sse(start(), ...words(0, "a"))) + "data: [DONE]\n\n",
    text: "a",
    habit: true,
  },
  {
    name: "a limit in the words of the Chat wire",
    stream: [start(), ...words(0, "a"), ...end("length")],
    text: "a",
    ends: "incomplete",
  },
  {
    name: "a limit in capitals",
    stream: [start(), ...words(0, "a"), ...end("MAX_TOKENS")],
    text: "a",
    ends: "incomplete",
  },
  {
    name: "arguments in the beginning of the block, and in its pieces",
    stream: [start(), ...odd(0, "a", { x: 1 }, '{"x"', ":1}"), ...end("tool_use")],
    called: ['ls {"x":1}'],
  },
  {
    name: "arguments in the beginning of the block, and an empty object behind it",
    stream: [start(), ...odd(0, "a", { x: 1 }, "{", "}"), ...end("tool_use")],
    called: ['ls {"x":1}'],
  },
  {
    name: "arguments as JSON text in the beginning of the block",
    stream: [start(), ...odd(0, "a", '{"x":1}'), ...end("tool_use")],
    called: ['ls {"x":1}'],
  },
  {
    name: "arguments as an object in a piece",
    stream: [start(), ...odd(0, "a", {}, { x: 1 }), ...end("tool_use")],
    called: ['ls {"x":1}'],
  },
  {
    name: "indexes that are texts",
    stream: [
      start(),
      ...[odd("0", "a", {}, '{"x":1}'), odd("1", "b", {}, '{"y":2}')]
        .flatMap(([one, two]) => [one!, two!])
        .toSorted((one, two) => `${two.type}`.localeCompare(`${one.type}`)),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}', 'ls {"y":2}'],
  },
  {
    name: "one index for all blocks",
    stream: [
      start(),
      ...words(0, "a"),
      ...odd(0, "a", {}, '{"x":1}'),
      ...odd(0, null, {}, '{"y":2}'),
      ...end("tool_use"),
    ],
    text: "a",
    called: ['ls {"x":1}', 'ls {"y":2}'],
  },
  {
    name: "pieces behind the end of their block (agentgateway#2147)",
    stream: [
      start(),
      ...odd(0, "a", {}),
      delta(0, { type: "input_json_delta", partial_json: '{"x":1}' }),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}'],
  },
  {
    name: "a block for every piece (nanoclaw#1241)",
    stream: [
      start(),
      ...odd(0, "a", {}, '{"x"'),
      ...odd(1, "a", {}, ":"),
      begin(2, { type: "tool_use", id: "a", name: null, input: {} }),
      delta(2, { type: "input_json_delta", partial_json: "1}" }),
      stop(2),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}'],
  },
  {
    name: "a block that begins twice",
    stream: [start(), ...odd(0, "a", {}).slice(0, 1), ...odd(0, "a", {}, "{}"), ...end("tool_use")],
    called: ["ls {}"],
  },
  {
    name: "a call that is sent twice is made once",
    stream: [
      start(),
      ...odd(0, "a", {}, '{"x":', "1}"),
      ...odd(0, "a", {}, '{"x": ', "1}"),
      ...odd(1, "a", { x: 1 }),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}'],
  },
  {
    name: "blocks and pieces that do not say what they are",
    stream: [
      start(),
      begin(0, { text: "" }),
      delta(0, { thinking: "Hm." }),
      delta(0, { signature: "s" }),
      delta(0, { text: "a" }),
      stop(0),
      begin(1, { id: "a", name: "ls", input: {} }),
      delta(1, { partial_json: '{"x":1}' }),
      stop(1),
      ...end("tool_use"),
    ],
    text: "a",
    called: ['ls {"x":1}'],
  },
  {
    name: "two calls with the same id",
    stream: [
      start(),
      ...odd(0, "a", {}, '{"x":1}'),
      ...odd(1, "a", {}, '{"x":', "2}"),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}', 'ls {"x":2}'],
  },
  {
    name: "a tool that the provider runs, while a call waits for its arguments",
    stream: [
      start(),
      begin(0, { type: "tool_use", id: "a", name: "ls", input: {} }),
      begin(1, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      delta(1, { type: "input_json_delta", partial_json: '{"query":"q"}' }),
      stop(1),
      delta(0, { type: "input_json_delta", partial_json: '{"x":1}' }),
      stop(0),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}'],
  },
  {
    name: "line ends inside and behind calls (sglang#24294)",
    stream: [
      start(),
      ...odd(1, "a", {}, '{"x":1}').slice(0, -1),
      delta(1, { type: "text_delta", text: "\n" }),
      ...odd(2, "b", {}, '{"y":2}'),
      ...words(3, "\n"),
      ...end("tool_use"),
    ],
    called: ['ls {"x":1}', 'ls {"y":2}'],
  },
  {
    name: "what comes behind message_stop",
    stream: [start(), ...words(0, "a"), ...end("end_turn"), ...words(1, "b"), ...end("tool_use")],
    text: "a",
  },
];

const bytesOf = (stream: JsonObject[] | string) =>
  typeof stream === "string" ? new TextEncoder().encode(stream) : sse(...stream);

for (const { name, stream, text = "", called = [], ends = "completed", habit } of answers) {
  Deno.test(`anthropic decoder: ${name}`, () => {
    const bytes = bytesOf(stream);
    const more = { believes: () => habit ?? false };
    const { events, failure } = read(bytes, more);
    assert.equal(failure, undefined);
    assert.equal(checkGrammar(events), undefined);
    const got = gistOf(events);
    assert.equal(got.text, text);
    assert.deepEqual(itemsOf(events), called);
    assert.equal(events.at(-1)?.type, `response.${ends}`);
    for (const size of [1, 7]) {
      const split = read(bytes, more, size).events;
      assert.deepEqual(gistOf(split), got, `pieces of ${size}`);
      assert.deepEqual(itemsOf(split), called);
    }
    // Nothing ends before its stop reason or end mark.
    const said = new TextDecoder().decode(bytes).search(/"stop_reason":"|message_stop|\[DONE\]/);
    for (let cut = 0; cut < said; cut++) {
      const { code = "none" } = read(bytes.subarray(0, cut), more).failure ?? {};
      assert.match(code, /^(?:truncated|bad_answer)$/, `cut at ${cut}`);
    }
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
  ...[
    { type: "message_start", message: { type: "error", error: { message: "Busy" } } },
    { code: "insufficient_quota", message: "Busy" },
    { object: "error", type: "BadRequestError", message: "Busy", code: 400 },
    { detail: "Busy" },
  ].map((error) => ({
    name: `an error as ${JSON.stringify(error)}`,
    stream: [start(), error],
    code: "overloaded",
    says: /Busy/,
  })),
  {
    name: "a filter's stop in the words of the Chat wire",
    stream: [start(), ...words(0, "a"), ...end("content_filter")],
    code: "moderated",
    says: /content filter/,
  },
  {
    name: "a message_stop without a stop reason, where that is no habit",
    stream: [start(), ...words(0, "a"), { type: "message_stop" }],
    code: "truncated",
    says: /in the middle/,
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

const counts: { name: string; stream: JsonObject[]; got: [number, number, number, number] }[] = [
  {
    name: "in message_stop (litellm)",
    stream: [start({}), ...words(0, "a"), end("end_turn", {})[0]!, {
      type: "message_stop",
      usage: { input_tokens: 11, output_tokens: 12 },
    }],
    got: [11, 0, 12, 0],
  },
  {
    name: "in the names of the Chat wire",
    stream: [
      start({}),
      ...words(0, "a"),
      ...end("end_turn", {
        prompt_tokens: 11,
        prompt_tokens_details: { cached_tokens: 4 },
        completion_tokens: 5,
      }),
    ],
    got: [11, 4, 5, 0],
  },
  {
    name: "with the tokens of thinking",
    stream: [
      start(),
      ...words(0, "a"),
      ...end("end_turn", { output_tokens: 30, output_tokens_details: { thinking_tokens: 20 } }),
    ],
    got: [7, 0, 30, 20],
  },
];
for (const { name, stream, got } of counts) {
  Deno.test(`anthropic decoder: usage ${name}`, () => {
    const { usage } = read(sse(...stream)).events.at(-1)?.data.response as { usage: JsonObject };
    const [cached, thought] = [usage.input_tokens_details, usage.output_tokens_details] as [
      { cached_tokens: number },
      { reasoning_tokens: number },
    ];
    assert.deepEqual(
      [usage.input_tokens, cached.cached_tokens, usage.output_tokens, thought.reasoning_tokens],
      got,
    );
  });
}

Deno.test("anthropic decoder: an answer that goes on gets its beginning", () => {
  const { events } = read(sse(start(), ...words(0, " is 42."), ...end("end_turn")), {
    prefix: "The answer",
  });
  assert.equal(gistOf(events).text, "The answer is 42.");
});

Deno.test("anthropic decoder: the recordings are there", () => assert.ok(MESSAGES.length >= 15));
