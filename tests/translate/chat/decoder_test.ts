import assert from "node:assert/strict";
import {
  delta,
  deltasOf,
  gistOf,
  options,
  readBytes,
  sse,
} from "../../helpers/streams/chat_streams.ts";
import { fc } from "../../helpers/fast_check.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import { FINISH, GENERIC_CHAT } from "../../../lib/provider/chat_rules.ts";
import { chatReader, type ChatReaderOptions } from "../../../lib/translate/chat/decoder.ts";
import { REASONING_MARK } from "../../../lib/translate/opaque/reasoning_mark.ts";
import { toChat } from "../../../lib/translate/chat/request.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";
import { responseObject } from "../../../lib/wire/response_object.ts";

const call = (fields: JsonObject): JsonObject => delta({ tool_calls: [fields] });
const STOP = delta({}, "stop");

Deno.test("chat reader: writes each event in full, in order", () => {
  let n = 0;
  const random = { random: () => 0, id: () => String(n++) };
  const { events } = readBytes([sse(
    { ...delta({ reasoning_content: "hm" }), created: 7.5 },
    delta({ content: "yes" }),
    call({ index: 0, id: "c1", function: { name: "shell", arguments: '{"a":' } }),
    call({ index: 0, function: { arguments: "1}" } }),
    { ...STOP, usage: { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 } },
    "[DONE]",
  )], { random });
  const rs = { item_id: "rs_1", output_index: 0 };
  const msg = { item_id: "msg_2", output_index: 1 };
  const fc_ = { item_id: "fc_3", output_index: 2 };
  const response = responseObject({ id: "resp_0", createdAt: 7, model: "m" }, "in_progress");
  const logprobs: Json[] = [];
  const reasoning = {
    id: "rs_1",
    type: "reasoning",
    summary: [{ type: "summary_text", text: "hm" }],
    encrypted_content: `${REASONING_MARK}:resp_0`,
  };
  const part = { type: "output_text", text: "yes", annotations: [], logprobs };
  const message = {
    id: "msg_2",
    type: "message",
    status: "completed",
    role: "assistant",
    content: [part],
  };
  const shell = {
    id: "fc_3",
    type: "function_call",
    status: "completed",
    call_id: "c1",
    name: "shell",
    arguments: '{"a":1}',
  };
  const want: [string, JsonObject][] = [
    ["created", { response }],
    ["in_progress", { response }],
    ["output_item.added", {
      output_index: 0,
      item: { id: "rs_1", type: "reasoning", summary: [] },
    }],
    ["reasoning_summary_part.added", {
      ...rs,
      summary_index: 0,
      part: { type: "summary_text", text: "" },
    }],
    ["reasoning_summary_text.delta", { ...rs, summary_index: 0, delta: "hm" }],
    ["reasoning_summary_text.done", { ...rs, summary_index: 0, text: "hm" }],
    ["reasoning_summary_part.done", {
      ...rs,
      summary_index: 0,
      part: { type: "summary_text", text: "hm" },
    }],
    ["output_item.done", { output_index: 0, item: reasoning }],
    ["output_item.added", {
      output_index: 1,
      item: { ...message, status: "in_progress", content: [] },
    }],
    ["content_part.added", { ...msg, content_index: 0, part: { ...part, text: "" } }],
    ["output_text.delta", { ...msg, content_index: 0, delta: "yes", logprobs }],
    ["output_text.done", { ...msg, content_index: 0, text: "yes", logprobs }],
    ["content_part.done", { ...msg, content_index: 0, part }],
    ["output_item.done", { output_index: 1, item: message }],
    ["output_item.added", {
      output_index: 2,
      item: { ...shell, status: "in_progress", arguments: "" },
    }],
    ["function_call_arguments.delta", { ...fc_, delta: '{"a":' }],
    ["function_call_arguments.delta", { ...fc_, delta: "1}" }],
    ["function_call_arguments.done", { ...fc_, arguments: '{"a":1}', name: "shell" }],
    ["output_item.done", { output_index: 2, item: shell }],
    ["completed", {
      response: {
        ...response,
        status: "completed",
        output: [reasoning, message, shell],
        usage: {
          input_tokens: 1,
          input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
          output_tokens: 2,
          output_tokens_details: { reasoning_tokens: 0 },
          total_tokens: 3,
        },
      },
    }],
  ];
  assert.deepEqual(
    events,
    want.map(([name, fields], at) => ({
      type: `response.${name}`,
      data: { type: `response.${name}`, sequence_number: at, ...fields },
    })),
  );
});

Deno.test("chat reader: completes at [DONE] or the end, not at the finish, and sends nothing after", () => {
  for (const last of ["[DONE]", undefined]) {
    const reader = chatReader(options());
    reader.push({ data: JSON.stringify(delta({ content: "a" })) });
    assert.equal(reader.ending, "open");
    assert.deepEqual(reader.push({ data: JSON.stringify(STOP) }), []);
    assert.equal(reader.ending, "sure");
    const usage = { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } };
    assert.deepEqual(reader.push({ data: JSON.stringify(usage) }), []);
    const end = last === undefined ? reader.end() : reader.push({ data: last });
    assert.equal(end.at(-1)?.type, "response.completed");
    assert.deepEqual(reader.push({ data: JSON.stringify(delta({ content: "b" })) }), []);
    assert.deepEqual(reader.push({ data: "garbage" }), []);
    if (last !== undefined) assert.deepEqual(reader.end(), []);
  }
});

Deno.test("chat reader: completes without usage where nobody counted", () => {
  const { events } = readBytes([sse(delta({ content: "a" }), STOP)]);
  assert.equal("usage" in (events.at(-1)?.data.response as JsonObject), false);
});

for (
  const [reason, meaning] of Object.entries({
    ...FINISH,
    unheard_of: "completed",
    STOP: "completed",
  })
) {
  if (reason === "*") continue;
  Deno.test(`chat reader: finish reason ${reason} means ${meaning}`, () => {
    const { events, failure } = readBytes([
      sse(delta({ content: "a" }), delta({}, reason), "[DONE]"),
    ], { tolerates: () => true }); // that no call came with it is another test's matter
    if (meaning === "completed" || meaning === "incomplete") {
      assert.equal(failure, undefined);
      assert.equal(events.at(-1)?.type, `response.${meaning}`);
    } else {
      assert.equal(failure?.code, meaning);
      assert.match(failure.message, new RegExp(`^The provider .*\\(finish reason ${reason}\\)$`));
      assert.ok(!events.some(({ type }) => type === "response.output_item.done"));
    }
  });
}

Deno.test("chat reader: an answer cut by its length keeps its text and never finishes a call", () => {
  const { events } = readBytes([sse(
    delta({ content: "I write." }),
    call({ index: 0, id: "c1", function: { name: "shell", arguments: "{}" } }),
    call({ index: 1, id: "c2", function: { name: "shell", arguments: '{"a' } }),
    delta({}, "length"),
    "[DONE]",
  )]);
  assert.equal(checkGrammar(events), undefined);
  assert.deepEqual(gistOf(events), { text: "I write.", reasoning: "", calls: [] });
  const last = events.at(-1);
  assert.equal(last?.type, "response.incomplete");
  assert.deepEqual((last?.data.response as JsonObject).incomplete_details, {
    reason: "max_output_tokens",
  });
});

Deno.test("chat reader: call ids that are taken are changed, and found again by the next request", () => {
  const whole = (id: string) =>
    call({ index: 0, id, function: { name: "shell", arguments: "{}" } });
  const { events } = readBytes([sse(whole("f:0"), whole("f:1"), STOP)], {
    takenCallIds: new Set(["f:0", "f:0~s2"]),
  });
  const items = doneItems(events);
  assert.deepEqual(items.map(({ call_id: id }) => id), ["f:0~s3", "f:1"]);
  const input = items.flatMap((item) => [
    item,
    { type: "function_call_output", call_id: item.call_id, output: "ok" },
  ]);
  const { body } = toChat({ input: input as Json[] }, GENERIC_CHAT, { model: "m" });
  const sent = (body.messages as JsonObject[]).map(({ tool_call_id: id }) => id);
  assert.deepEqual(sent.filter(Boolean), ["f:0", "f:1"]);
});

Deno.test("chat reader: two calls of one answer with the same id both reach the client", () => {
  const { events } = readBytes([sse(
    call({ index: 0, id: "x", function: { name: "shell", arguments: "{}" } }),
    call({ index: 1, id: "x", function: { name: "weather", arguments: "{}" } }),
    STOP,
  )]);
  assert.deepEqual(doneItems(events).map(({ call_id, name }) => [call_id, name]), [
    ["x", "shell"],
    ["x~s2", "weather"],
  ]);
});

Deno.test("chat reader: reasoning goes out and comes back once, complete and unchanged", () => {
  const thought = "Zähl <b>alles</b> \n\n".repeat(5_000);
  const pieces = thought.match(/[^]{1,997}/g) ?? [];
  const { events } = readBytes([sse(
    ...pieces.map((piece) => delta({ reasoning_content: piece })),
    call({ index: 0, id: "c1", function: { name: "shell", arguments: "{}" } }),
    STOP,
  )]);
  const items = doneItems(events);
  const echoed = JSON.stringify(items);
  assert.ok(echoed.length < JSON.stringify(thought).length + 500, "one copy, not two");
  const input = [...JSON.parse(echoed), {
    type: "function_call_output",
    call_id: "c1",
    output: "",
  }];
  const { body } = toChat({ input }, GENERIC_CHAT, { model: "m" });
  assert.deepEqual((body.messages as JsonObject[])[0]?.reasoning_content, thought);
});

Deno.test("chat reader: failures name who answered", () => {
  const { failure } = readBytes([sse(delta({ content: "a" }))], { title: "Example" });
  assert.equal(failure?.message, "Example closed the stream in the middle of the answer");
});

Deno.test("chat reader: an error inside the stream is classified by the provider's rules", () => {
  const seen: unknown[] = [];
  const classify = (body: Json) => {
    seen.push(body);
    return new Failure("quota", "no money");
  };
  const error = { error: { message: "no", code: "1008" }, choices: [] };
  const { failure } = readBytes([sse(error)], { classify });
  assert.equal(failure?.code, "quota");
  assert.deepEqual(seen, [error]);
});

Deno.test("chat reader: gives the same wherever the text is split", () => {
  const words = [
    "<think>",
    "</think>",
    "<tool_call>",
    "</tool_call>",
    "<function=shell>",
    "</function>",
    "<parameter=a>1</parameter>",
    '{"name":"shell","arguments":{}}',
    "a < b",
    "`",
    "```\n",
    "\n",
    " ",
    "word",
  ];
  const contents = fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((list) =>
    list.join("")
  );
  const cuts = fc.array(fc.nat(100), { maxLength: 8 });
  fc.assert(
    fc.property(contents, cuts, (content, at) => {
      const borders = [...new Set(at.map((n) => n % (content.length + 1)))].sort((a, b) => a - b);
      const pieces = [0, ...borders].map((from, i) =>
        content.slice(from, borders[i] ?? content.length)
      );
      assert.deepEqual(outcome(pieces), outcome([content]));
    }),
    { numRuns: 500, seed: 3 },
  );
});

Deno.test("chat reader: no text is ever lost", () => {
  const words = [
    "<think>",
    "</think>",
    "<tool_call>",
    "<function=",
    "shell>",
    "`",
    "\n",
    "ab",
    "<",
  ];
  const contents = fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 10 });
  fc.assert(
    fc.property(contents, (list) => {
      const { events, failure } = readBytes([sse(delta({ content: list.join("") }), STOP)]);
      if (failure) return assert.equal(failure.code, "empty_answer");
      const { text, reasoning } = gistOf(events);
      const letters = (value: string) => value.replace(/<\/?think>/g, "").replace(/\s/g, "");
      assert.equal(letters(reasoning + text).length, letters(list.join("")).length);
    }),
    { numRuns: 500, seed: 5 },
  );
});

function outcome(pieces: string[], more?: Partial<ChatReaderOptions>): unknown {
  const chunks = pieces.map((content) => delta({ content }));
  const { events, failure } = readBytes([sse(...chunks, STOP)], more);
  if (!failure) assert.equal(checkGrammar(events, { rewritten: true }), undefined);
  return [
    failure?.code,
    gistOf(events),
    deltasOf(events, "response.function_call_arguments.delta"),
  ];
}

function doneItems(events: readonly { type: string; data: JsonObject }[]): JsonObject[] {
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [item] : []
  );
}

const halves: { name: string; pieces: string[]; deltas: string[]; text: string }[] = [
  { name: "split over two", pieces: ["a\ud83d", "\ude00b"], deltas: ["a", "😀b"], text: "a😀b" },
  { name: "split from all else", pieces: ["\ud83d", "\ude00"], deltas: ["😀"], text: "😀" },
  {
    name: "without its second half",
    pieces: ["a\ud83d", "b"],
    deltas: ["a", "\ufffdb"],
    text: "a\ufffdb",
  },
  { name: "without its first half", pieces: ["\ude00b"], deltas: ["\ufffdb"], text: "\ufffdb" },
  { name: "cut off at the end", pieces: ["a\ud83d"], deltas: ["a"], text: "a\ufffd" },
];
for (const { name, pieces, deltas, text } of halves) {
  Deno.test(`chat reader: a character ${name} leaves no half in any event`, () => {
    const { events } = readBytes([
      sse(...pieces.map((content) => delta({ content })), STOP, "[DONE]"),
    ]);
    const of = (type: string) =>
      events.filter((event) => event.type === type).map(({ data }) => data);
    assert.deepEqual(of("response.output_text.delta").map((data) => data.delta), deltas);
    assert.deepEqual(of("response.output_text.done").map((data) => data.text), [text]);
    for (const { data } of events) assert.doesNotMatch(JSON.stringify(data), /\\ud[89a-f]/);
    const args = readBytes([
      sse(
        ...pieces.map((piece, n) =>
          call({
            index: 0,
            ...(n === 0 ? { id: "c" } : {}),
            function: { name: "shell", arguments: piece },
          })
        ),
        STOP,
        "[DONE]",
      ),
    ]);
    for (const { data } of args.events) assert.doesNotMatch(JSON.stringify(data), /\\ud[89a-f]/);
  });
}

Deno.test("chat reader: for a client that adds deltas up, text before a lone closing tag stays text", () => {
  const stream = sse(delta({ content: "I think." }), delta({ content: "</think>Yes." }), STOP);
  const { events } = readBytes([stream], { rewrites: false });
  assert.deepEqual(gistOf(events), { text: "I think.Yes.", reasoning: "", calls: [] });
  assert.equal(deltasOf(events, "response.output_text.delta"), "I think.Yes.");
  assert.equal(gistOf(readBytes([stream]).events).text, "Yes.");
});
