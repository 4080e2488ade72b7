/**
 * docs/facts/providers.md §9, row by row. Rows 18 to 21 are framing: their pure part is tested here, the rest (content type,
 * first byte, error pages) is the attempt's; 32 is a clock's.
 */

import assert from "node:assert/strict";
import { delta, gistOf, options, readBytes, sse } from "../../helpers/streams/chat_streams.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import { chatReader, type ChatReaderOptions } from "../../../lib/translate/chat/decoder.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";

type Chunk = Json | string;

interface Case {
  row: string;
  chunks: Chunk[];
  text?: string;
  reasoning?: string;
  calls?: string[];
  fails?: string;
  ends?: string;
  /** Whether a message says something else in the end than its deltas did. */
  rewritten?: boolean;
  usage?: number[];
  with?: Partial<ChatReaderOptions>;
}

const call = (fields: JsonObject): JsonObject => delta({ tool_calls: [fields] });
const fn = (name: Json, args: Json): JsonObject => ({ function: { name, arguments: args } });
const STOP = delta({}, "stop");
const CALLS = delta({}, "tool_calls");
const DONE = "[DONE]";
const usage = (prompt: number, completion: number, more: JsonObject = {}): JsonObject => ({
  prompt_tokens: prompt,
  completion_tokens: completion,
  total_tokens: prompt + completion,
  ...more,
});
const ALL_NULL = { content: null, role: null, tool_calls: null, reasoning_content: null };
const XML =
  "<tool_call>\n<function=shell>\n<parameter=cmd>\nls -l\n</parameter>\n</function>\n</tool_call>";

const cases: Case[] = [
  {
    row: "1 reads null like absent",
    chunks: [
      delta({ content: "", role: "assistant", tool_calls: null, reasoning_content: null }),
      delta({ ...ALL_NULL, reasoning_content: "hm" }),
      delta({ ...ALL_NULL, content: "yes" }),
      { choices: [{ delta: ALL_NULL, finish_reason: "stop", index: 0 }], usage: null, error: null },
      DONE,
    ],
    text: "yes",
    reasoning: "hm",
  },
  {
    row: "1 reads a delta that is null",
    chunks: [delta({ content: "yes" }), {
      choices: [{ delta: null, finish_reason: "stop" }],
    }, DONE],
    text: "yes",
  },
  {
    row: "2 takes the first id and name that are not empty",
    chunks: [
      call({ index: 0, id: "", ...fn("", "") }),
      call({ index: 0, id: "c1", ...fn(null, "") }),
      call({ index: 0, id: null, ...fn("shell", '{"a"') }),
      call({ index: 0, id: "", ...fn("", ":1}") }),
      CALLS,
      DONE,
    ],
    calls: ['c1 shell {"a":1}'],
  },
  {
    row: "3 does not concatenate names that are repeated",
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", '{"a"') }),
      call({ index: 0, id: "c1", ...fn("shell", ":1}") }),
      CALLS,
      DONE,
    ],
    calls: ['c1 shell {"a":1}'],
  },
  {
    row: "3 keeps the first of two names",
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", "{") }),
      call({ index: 0, ...fn("weather", "}") }),
      CALLS,
    ],
    calls: ["c1 shell {}"],
  },
  {
    row: "4 goes by the id where the index counts fragments",
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", '{"a"') }),
      call({ index: 1, id: "c1", ...fn("shell", ":1}") }),
      CALLS,
    ],
    calls: ['c1 shell {"a":1}'],
  },
  {
    row: "4 tells calls without index apart by id, and continues the last one without",
    chunks: [
      call({ id: "c1", ...fn("shell", "{}") }),
      call({ id: "c2", ...fn("shell", '{"b"') }),
      call({ ...fn("", ":2}") }),
      CALLS,
      DONE,
    ],
    calls: ["c1 shell {}", 'c2 shell {"b":2}'],
  },
  {
    row: "4 tells complete calls without index and id apart by their names",
    chunks: [
      delta({ tool_calls: [fn("shell", "{}"), fn("weather", "{}"), fn("weather", '{"c":1}')] }),
      CALLS,
      DONE,
    ],
    calls: ["* shell {}", "* weather {}", '* weather {"c":1}'],
  },
  {
    row: "4 reads an index that is written as text, and a call without its array",
    chunks: [
      delta({
        tool_calls: [
          { index: "0", id: "c1", ...fn("shell", "") },
          { index: "1", id: "c2", ...fn("weather", "") },
        ],
      }),
      delta({ tool_calls: { index: "0", ...fn(null, "{}") } }),
      call({ index: "1", ...fn(null, '{"c":1}') }),
      CALLS,
    ],
    calls: ["c1 shell {}", 'c2 weather {"c":1}'],
  },
  {
    row: "5 opens a new call for a new id at the same index",
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", "{}") }),
      call({ index: 0, id: "c2", ...fn("weather", "{") }),
      call({ index: 0, ...fn(null, "}") }),
      CALLS,
      DONE,
    ],
    calls: ["c1 shell {}", "c2 weather {}"],
  },
  {
    row:
      "5 opens a new call where a whole one stands at the same index, named again and without ids",
    chunks: [
      call({ index: 0, ...fn("shell", '{"a":1}') }),
      call({ index: 0, ...fn("shell", '{"a":2}') }),
      call({ index: 0, ...fn("weather", "{}") }),
      CALLS,
      DONE,
    ],
    calls: ['* shell {"a":1}', '* shell {"a":2}', "* weather {}"],
  },
  {
    row: "5 takes a complete call that is sent again at the finish for the same",
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", '{"a":') }),
      call({ index: 0, ...fn(null, "1}") }),
      delta({ tool_calls: [{ index: 0, id: "c1", ...fn("shell", '{"a":1}') }] }, "tool_calls"),
      DONE,
    ],
    calls: ['c1 shell {"a":1}'],
  },
  {
    row: "5 goes on with a call whose every fragment has an id of its own",
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", '{"a":') }),
      call({ index: 0, id: "c2", ...fn(null, "[1,") }),
      call({ index: 0, id: "c3", ...fn(null, "2]}") }),
      CALLS,
      DONE,
    ],
    calls: ['c1 shell {"a":[1,2]}'],
  },
  {
    row: "6 takes a complete call in one chunk",
    chunks: [delta({ tool_calls: [{ index: 0, id: "c1", ...fn("shell", '{"a":1}') }] }, "stop")],
    calls: ['c1 shell {"a":1}'],
  },
  {
    row: "7 takes arguments as an object",
    chunks: [call({ index: 0, id: "c1", ...fn("shell", { a: [1] }) }), CALLS, DONE],
    calls: ['c1 shell {"a":[1]}'],
  },
  ...["", "  ", null, "null"].map((args) => ({
    row: `8 makes an object of the empty arguments ${JSON.stringify(args)}`,
    chunks: [call({ index: 0, id: "c1", ...fn("shell", args) }), CALLS, DONE],
    calls: ["c1 shell {}"],
  })),
  {
    row: "9 completes with calls although the reason is stop",
    chunks: [call({ index: 0, id: "c1", ...fn("shell", "{}") }), STOP, DONE],
    calls: ["c1 shell {}"],
  },
  {
    row: "10 takes a second finish, also after usage, for the first one",
    chunks: [
      delta({ content: "a" }),
      { choices: [], usage: usage(1, 2) },
      STOP,
      STOP,
      { choices: [{ delta: {}, finish_reason: "tool_calls" }], usage: usage(1, 3) },
      DONE,
      STOP,
    ],
    text: "a",
    usage: [1, 0, 3, 0, 4],
  },
  {
    row: "10 goes by the first of two reasons",
    chunks: [delta({ content: "a" }), delta({}, "length"), STOP, DONE],
    ends: "response.incomplete",
    text: "a",
  },
  {
    row: "10 takes text that comes after the finish",
    chunks: [delta({ content: "a" }), STOP, delta({ content: "b" }), DONE],
    text: "ab",
  },
  {
    row: "11 reads an empty finish reason like none",
    chunks: [delta({ content: "a" }, ""), { choices: [{ delta: {} }] }, DONE],
    fails: "truncated",
  },
  {
    row: "11 reads the word null as a finish reason like none",
    chunks: [delta({ content: "a" }, "null"), DONE],
    fails: "truncated",
  },
  {
    row: "12 fails at the end without a finish",
    chunks: [delta({ content: "a" })],
    fails: "truncated",
  },
  {
    row: "12 fails at [DONE] without a finish",
    chunks: [delta({ content: "a" }), DONE],
    fails: "truncated",
  },
  { row: "12 fails when nothing came", chunks: [], fails: "truncated" },
  {
    row: "13 completes at the end without [DONE]",
    chunks: [delta({ content: "a" }), STOP],
    text: "a",
  },
  {
    row: "14 skips chunks without choices",
    chunks: [
      { choices: [], prompt_filter_results: [] },
      { choices: null },
      {},
      delta({ content: "a" }),
      STOP,
      DONE,
    ],
    text: "a",
  },
  {
    row: "15 reads usage in the finish chunk",
    chunks: [delta({ content: "a" }), { ...STOP, usage: usage(5, 6) }, DONE],
    text: "a",
    usage: [5, 0, 6, 0, 11],
  },
  {
    row: "15 takes the last usage of many, in any field",
    chunks: [
      { ...delta({ content: "a" }), usage: usage(5, 1) },
      { choices: [{ index: 0, delta: {}, finish_reason: "stop", usage: usage(5, 2) }] },
      { choices: [], x_groq: { usage: usage(5, 3) } },
      { choices: [], usage: null },
      DONE,
    ],
    text: "a",
    usage: [5, 0, 3, 0, 8],
  },
  {
    row: "16 fills the details of usage",
    chunks: [
      delta({ content: "a" }),
      STOP,
      {
        choices: [],
        usage: usage(5, 6, {
          prompt_tokens_details: {},
          completion_tokens_details: { reasoning_tokens: 4 },
        }),
      },
      DONE,
    ],
    text: "a",
    usage: [5, 0, 6, 4, 11],
  },
  {
    row: "17 fails with an error object in the stream",
    chunks: [delta({ content: "a" }), { error: { message: "no", code: 500 } }, DONE],
    fails: "refused",
  },
  {
    row: "17 fails with an error beside choices",
    chunks: [{ ...delta({ content: "" }, "error"), error: { message: "no" } }],
    fails: "refused",
  },
  ...[
    { code: "InvalidApiKey", message: "no", request_id: "r" },
    { code: 400, msg: "no" },
    { object: "error", message: "no", type: "BadRequestError", param: null, code: 400 },
    { detail: "no" },
  ].map((error) => ({
    row: `17 fails with ${JSON.stringify(error)}`,
    chunks: [delta({ content: "a" }), error, STOP, DONE],
    fails: "refused",
  })),
  {
    row: "17 classifies a code beside choices, and ignores one that means success",
    chunks: [
      { code: 0, message: "Success" },
      { ...delta({ content: "a" }), code: "x", message: "m", detail: "d" },
      STOP,
    ],
    text: "a",
  },
  {
    row: "17 fails with a typed error",
    chunks: [{ type: "error", error: { type: "x", message: "no", http_code: "400" } }],
    fails: "refused",
  },
  {
    row: "17 fails with a status in base_resp, after the answer",
    chunks: [delta({ content: "a" }), STOP, {
      choices: [],
      base_resp: { status_code: 1002, status_msg: "rate limit" },
    }],
    fails: "refused",
  },
  {
    row: "17 takes base_resp with status 0 for what it is",
    chunks: [delta({ content: "a" }), { ...STOP, base_resp: { status_code: 0, status_msg: "" } }],
    text: "a",
  },
  {
    row: "18 takes a complete answer in one object",
    chunks: [{
      object: "chat.completion",
      choices: [{
        index: 0,
        message: {
          role: "assistant",
          content: "a",
          reasoning_content: "b",
          tool_calls: [{ id: "c1", type: "function", ...fn("shell", "{}") }],
        },
        finish_reason: "tool_calls",
      }],
      usage: usage(1, 2),
    }],
    text: "a",
    reasoning: "b",
    calls: ["c1 shell {}"],
    usage: [1, 0, 2, 0, 3],
  },
  {
    row: "20 reads messages that end with one newline only",
    chunks: [
      [delta({ content: "a" }), delta({ content: "b" }), STOP].map((chunk) =>
        `data: ${JSON.stringify(chunk)}`
      ).join("\n").slice(6) + "\ndata: [DONE]",
    ],
    text: "ab",
  },
  {
    row: "21 fails with an error page in the stream",
    chunks: ["<html><body>524</body></html>"],
    fails: "bad_answer",
  },
  {
    row: "22 takes <think> for reasoning",
    chunks: [
      delta({ content: "<th" }),
      delta({ content: "ink>\nhm" }),
      delta({ content: "m</thi" }),
      delta({ content: "nk>\n\nyes < no" }),
      STOP,
      DONE,
    ],
    reasoning: "hmm",
    text: "yes < no",
  },
  {
    row: "22 takes all before a lone closing tag for reasoning",
    chunks: [delta({ content: "well " }), delta({ content: "hm\n</think>\n\nyes" }), STOP, DONE],
    reasoning: "well hm\n",
    text: "yes",
    rewritten: true,
  },
  {
    row: "22 drops a closing tag where reasoning has its own field",
    chunks: [
      delta({ reasoning_content: "hm" }),
      delta({ content: "</think>\n\nyes" }),
      STOP,
      DONE,
    ],
    reasoning: "hm",
    text: "yes",
  },
  {
    row: "22 keeps text before a stray closing tag where reasoning has its own field",
    chunks: [delta({ reasoning_content: "hm" }), delta({ content: "a</think>b" }), STOP, DONE],
    reasoning: "hm",
    text: "ab",
  },
  {
    row: "22 finds no answer before a lone closing tag with nothing behind it",
    chunks: [delta({ content: "well\n</think>\n" }), STOP, DONE],
    fails: "empty_answer",
  },
  {
    row: "22 knows code within a line from a fence",
    chunks: [delta({ content: "```a```\n<think>hm</think>b" }), STOP, DONE],
    reasoning: "hm",
    text: "```a```\nb",
  },
  {
    row: "22 drops an open tag at the end",
    chunks: [
      delta({ content: "I look." }),
      call({ index: 0, id: "c1", ...fn("shell", "{}") }),
      delta({ content: "<think>" }),
      CALLS,
    ],
    text: "I look.",
    calls: ["c1 shell {}"],
  },
  {
    row: "22 gives an open tag back that was only a word",
    chunks: [delta({ content: "Write <think> first" }), STOP, DONE],
    text: "Write <think> first",
  },
  {
    row: "22 leaves tags in code alone",
    chunks: [
      delta({ content: "Use `<think>` or\n```xml\n<think>a</think>\n``" }),
      delta({ content: "`\nok" }),
      STOP,
      DONE,
    ],
    text: "Use `<think>` or\n```xml\n<think>a</think>\n```\nok",
  },
  {
    row: "23 recovers a call that was written out",
    chunks: [delta({ content: `I look.\n${XML}` }), STOP, DONE],
    text: "I look.\n",
    calls: ['* shell {"cmd":"ls -l"}'],
  },
  {
    row: "23 recovers two calls, one as JSON",
    chunks: [
      delta({
        content: `${XML}\n<tool_call>{"name":"weather","arguments":{"at":1}}</tool_call>\n`,
      }),
      STOP,
      DONE,
    ],
    calls: ['* shell {"cmd":"ls -l"}', '* weather {"at":1}'],
  },
  {
    row: "23 recovers calls in special tokens",
    chunks: [
      delta({
        content:
          "ok<|tool_calls_section_begin|><|tool_call_begin|>functions.shell:0<|tool_call_argument_begin|>" +
          '{"a":1}<|tool_call_end|><|tool_calls_section_end|>',
      }),
      STOP,
      DONE,
    ],
    text: "ok",
    calls: ['* shell {"a":1}'],
  },
  {
    row: "23 recovers a call at the end of the reasoning",
    chunks: [delta({ reasoning_content: `I look.${XML}` }), STOP, DONE],
    reasoning: "I look.",
    calls: ['* shell {"cmd":"ls -l"}'],
  },
  {
    row: "23 types a recovered call by its schema",
    with: {
      toolNames: new Map([["shell", {
        properties: { n: { type: "integer" }, s: { type: "string" }, l: { type: "array" } },
      }]]),
    },
    chunks: [
      delta({
        content:
          "<function=shell><parameter=n>3</parameter><parameter=s>3</parameter><parameter=l>[1]</parameter></function>",
      }),
      STOP,
      DONE,
    ],
    calls: ['* shell {"n":3,"s":"3","l":[1]}'],
  },
  ...([
    ["an undeclared name", XML.replace("shell", "launch")],
    ["an incomplete block", XML.slice(0, XML.indexOf("</function>") + 5)],
    ["text behind the block", `${XML}\nThat is how.`],
    ["a block in a fence", "```\n" + XML + "\n```"],
    ["a block in a code span", "`" + XML + "`"],
  ] as const).map(([what, content]) => ({
    row: `23 leaves ${what} as text`,
    chunks: [delta({ content: content.slice(0, 30) }), delta({ content: content.slice(30) }), STOP],
    text: content,
  })),
  {
    row: "23 fills a real call that came without the arguments that were written out",
    chunks: [
      delta({ content: XML }),
      call({ index: 0, id: "c1", ...fn("shell", "{}") }),
      CALLS,
    ],
    calls: ['c1 shell {"cmd":"ls -l"}'],
  },
  {
    row: "24 reads one source of reasoning a chunk",
    chunks: [
      delta({
        reasoning: "a",
        reasoning_content: "a",
        reasoning_details: [{ type: "reasoning.text", text: "a" }],
      }),
      delta({ reasoning: "b" }),
      delta({ reasoning_details: [{ text: "c" }, { summary: "d" }, { data: "sealed" }] }),
      delta({ content: "x" }),
      STOP,
    ],
    reasoning: "abcd",
    text: "x",
  },
  {
    row: "25 flattens content in parts",
    chunks: [
      delta({ content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] }),
      delta({ content: [{ type: "text", text: "a" }, "b"] }),
      STOP,
    ],
    reasoning: "hm",
    text: "ab",
  },
  {
    row: "26 keeps chunks that only look repeated",
    chunks: [delta({ content: "ha" }), delta({ content: "ha" }), STOP],
    text: "haha",
  },
  {
    row: "27 fails for a call that was never named",
    chunks: [call({ index: 0, id: "c1", ...fn("", "{}") }), CALLS, DONE],
    fails: "bad_answer",
  },
  {
    row: "28 fails for data that is no JSON",
    chunks: [delta({ content: "a" }), '{"choices":[{"delta', STOP],
    fails: "bad_answer",
  },
  {
    row: "29 fails for text without a finish, whatever the text",
    chunks: [delta({ content: "a" }), delta({ content: "\n[upstream connection lost]" }), DONE],
    fails: "truncated",
  },
  ...[[], [delta({ reasoning_content: "hm" })], [delta({ content: " \n" })]].map((before) => ({
    row: `30 fails for an answer of ${JSON.stringify(before)} and stop`,
    chunks: [...before, STOP, { choices: [], usage: usage(1, 0) }, DONE],
    fails: "empty_answer",
  })),
  {
    row: "31 fails for arguments without end",
    with: { limits: { toolCalls: 9, event: 20 } },
    chunks: [
      call({ index: 0, id: "c1", ...fn("shell", '{"a":"0123') }),
      call({ index: 0, ...fn(null, "45678901234") }),
      CALLS,
    ],
    fails: "too_large",
  },
  {
    row: "31 fails for text without end",
    with: { limits: { toolCalls: 9, event: 20 } },
    chunks: [delta({ content: "0123456789" }), delta({ content: "01234567890" }), STOP],
    fails: "too_large",
  },
  {
    row: "33 fails for more calls than are allowed",
    with: { limits: { toolCalls: 2, event: 100 } },
    chunks: [0, 1, 2].map((n) => call({ index: n, id: `c${n}`, ...fn("shell", "{}") })),
    fails: "too_large",
  },
];

for (const each of cases) {
  Deno.test(`chat reader: row ${each.row}`, () => {
    const { events, failure } = readBytes([sse(...each.chunks as Json[])], each.with);
    if (each.fails !== undefined) {
      assert.equal(failure?.code, each.fails);
      assert.ok(!events.some(({ type }) => type === "response.completed"));
      return;
    }
    assert.equal(failure, undefined);
    assert.equal(checkGrammar(events, { rewritten: each.rewritten ?? false }), undefined);
    assert.equal(events.at(-1)?.type, each.ends ?? "response.completed");
    const { calls: _, ...said } = gistOf(events);
    assert.deepEqual(
      { ...said, calls: callsOf(events) },
      { text: each.text ?? "", reasoning: each.reasoning ?? "", calls: each.calls ?? [] },
    );
    const response = events.at(-1)?.data.response as JsonObject;
    assert.deepEqual(numbers(response.usage), each.usage ?? null);
  });
}

function callsOf(events: readonly { type: string; data: JsonObject }[]): string[] {
  return events.flatMap(({ type, data: { item } }) => {
    if (type !== "response.output_item.done" || !isObject(item) || item.type !== "function_call") {
      return [];
    }
    const id = String(item.call_id).replace(/^call_[0-9a-f]{32}$/, "*");
    return [`${id} ${item.name} ${item.arguments}`];
  });
}

function numbers(value: Json | undefined): Json {
  if (!isObject(value)) return null;
  return [
    value.input_tokens,
    (value.input_tokens_details as JsonObject).cached_tokens,
    value.output_tokens,
    (value.output_tokens_details as JsonObject).reasoning_tokens,
    value.total_tokens,
  ] as Json;
}

Deno.test("chat reader: row 17 reads an error event by its name", () => {
  const reader = chatReader(options());
  assert.throws(() => reader.push({ event: "error", data: '{"message":"no"}' }), {
    code: "refused",
  });
  assert.throws(() => reader.push({ event: "error", data: "backend gone" }), { code: "refused" });
});

Deno.test("chat reader: row 19 skips heartbeats of any name", () => {
  const reader = chatReader(options());
  assert.deepEqual(reader.push({ event: "ping", data: "pong" }), []);
  assert.deepEqual(reader.push({ data: "" }), []);
});
