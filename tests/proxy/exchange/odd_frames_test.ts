/** Ends, keep-alives, errors and complete messages in places where no document puts them, through the whole exchange. */

import assert from "node:assert/strict";
import { delta, gistOf, sse } from "../../helpers/streams/chat_streams.ts";
import { runExchange } from "../../helpers/proxy/exchange.ts";
import { type Json, type JsonObject } from "../../../lib/base/json.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { Learned } from "../../../lib/proxy/route/learned/learned.ts";
import { eof, hang, raw, type Script, streamHead, wait } from "../../../lib/simulate/script.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";

const BODY: JsonObject = {
  model: "m",
  stream: true,
  input: [{ type: "message", role: "user", content: "hi" }],
  tools: [{
    type: "function",
    name: "exec_command",
    parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
  }],
};

type Part = Json | string | { wait: number };
const isWait = (part: Part): part is { wait: number } =>
  typeof part === "object" && part !== null && "wait" in part;

/** Chunks with waits between them. */
const stream = (...parts: Part[]): Script => [
  ...streamHead(),
  ...parts.flatMap((part): Script => isWait(part) ? [wait(part.wait)] : [raw(sse(part as Json))]),
  eof,
];
const held = (...parts: Part[]): Script => [...stream(...parts).slice(0, -1), hang];
const STOP = delta({}, "stop");
const call = (args: string) =>
  delta({
    tool_calls: [{ index: 0, id: "c0", function: { name: "exec_command", arguments: args } }],
  });

async function run(wire: "chat" | "responses", scripts: readonly Script[], more = {}) {
  const notices: string[] = [];
  let at = 0;
  const result = await runExchange({
    body: BODY,
    codex: true,
    script: () => scripts[Math.min(at++, scripts.length - 1)] as Script,
    observer: { ...silent, notice: (_, message) => notices.push(message) },
    ...more,
    target: { wire },
  });
  assert.equal(checkGrammar(result.events, { rewritten: true }), undefined);
  return { ...result, notices, ...gistOf(result.events) };
}

const chats: Readonly<
  Record<string, { script: Script; text?: string; call?: string; posts?: number }>
> = {
  "a finish reason with every piece": {
    script: stream(
      delta({ content: "Fo" }, "stop"),
      { wait: 9_000 },
      delta({ content: "ur." }, "stop"),
      STOP,
      "[DONE]",
    ),
    text: "Four.",
  },
  "a finish reason before the text": {
    script: stream(
      delta({ reasoning_content: "Hm" }, "stop"),
      { wait: 25_000 },
      delta({ content: "Four." }),
      STOP,
      "[DONE]",
    ),
    text: "Four.",
  },
  "a finish reason before the call": {
    script: stream(
      delta({ reasoning_content: "Hm" }, "stop"),
      { wait: 4_000 },
      call('{"cmd":"ls"}'),
      delta({}, "tool_calls"),
    ),
    call: '{"cmd":"ls"}',
  },
  "a finish reason on an empty first piece": {
    script: stream(
      delta({ role: "assistant", content: "" }, "stop"),
      { wait: 9_000 },
      delta({ content: "Four." }, "stop"),
    ),
    text: "Four.",
  },
  "text that goes on behind a finish reason, slower each time": {
    script: stream(
      delta({ content: "F" }, "stop"),
      { wait: 5_000 },
      delta({ content: "ou" }),
      { wait: 15_000 },
      delta({ content: "r." }),
      STOP,
    ),
    text: "Four.",
  },
  "a finish reason, and a connection that stays open": {
    script: held(delta({ content: "Four." }), STOP),
    text: "Four.",
  },
  "a finish reason with the last text, and a connection that stays open": {
    script: held(delta({ content: "Four." }, "stop")),
    text: "Four.",
  },
  "all of the message once more at the end": {
    script: stream(
      delta({ content: "Fo" }),
      delta({ content: "ur." }),
      {
        choices: [{
          index: 0,
          message: { role: "assistant", content: "Four." },
          finish_reason: "stop",
        }],
      },
      "[DONE]",
    ),
    text: "Four.",
  },
  "all of the message at the end, with a beginning before": {
    script: stream(
      delta({ content: "Fo" }),
      {
        choices: [{
          index: 0,
          delta: {},
          message: { role: "assistant", content: "Four." },
          finish_reason: "stop",
        }],
      },
    ),
    text: "Four.",
  },
  "all of the message at the end alone": {
    script: stream(
      delta({ role: "assistant", content: "" }),
      {
        choices: [{
          index: 0,
          delta: { role: "assistant" },
          message: { content: "Four." },
          finish_reason: "stop",
        }],
      },
    ),
    text: "Four.",
  },
  "all of a call once more at the end": {
    script: stream(
      call('{"cmd":"ls"}'),
      {
        choices: [{
          index: 0,
          message: {
            tool_calls: [{
              id: "x",
              function: { name: "exec_command", arguments: '{"cmd":"ls"}' },
            }],
          },
          finish_reason: "tool_calls",
        }],
      },
    ),
    call: '{"cmd":"ls"}',
  },
  "all of a call at the end alone": {
    script: stream(
      delta({ reasoning: "Hm" }),
      {
        choices: [{
          index: 0,
          delta: null,
          message: {
            tool_calls: [{
              id: "x",
              function: { name: "exec_command", arguments: '{"cmd":"ls"}' },
            }],
          },
          finish_reason: "tool_calls",
        }],
      },
    ),
    call: '{"cmd":"ls"}',
  },
  "chunks in a list": {
    script: stream([delta({ content: "Fo" }), delta({ content: "ur." }, "stop")]),
    text: "Four.",
  },
  "an error in a list, then an answer": {
    script: stream([{ error: { code: 503, message: "overloaded", status: "UNAVAILABLE" } }]),
    text: "Four.",
    posts: 2,
  },
  "errors under their plural, then an answer": {
    script: stream({ errors: [{ message: "overloaded", code: 503 }] }),
    text: "Four.",
    posts: 2,
  },
  "an error with a capital, then an answer": {
    script: stream({
      Error: { Code: "ServiceUnavailable", Message: "overloaded" },
      RequestId: "r",
    }),
    text: "Four.",
    posts: 2,
  },
  "an error message without a code, then an answer": {
    script: stream({ error_message: "model is overloaded, try again" }),
    text: "Four.",
    posts: 2,
  },
  "err, then an answer": {
    script: stream({ err: "overloaded" }),
    text: "Four.",
    posts: 2,
  },
};
for (const [name, { script, text = "", call: args, posts = 1 }] of Object.entries(chats)) {
  Deno.test(`odd frames: chat, ${name}`, async () => {
    const good = stream(delta({ content: "Four." }), STOP, "[DONE]");
    const result = await run("chat", [script, good]);
    assert.equal(result.text, text);
    assert.deepEqual(result.calls.map((each) => each.arguments), args === undefined ? [] : [args]);
    assert.equal(result.posts.length, posts);
    assert.equal(result.events.at(-1)?.type, "response.completed");
  });
}

for (const field of ["reasoning", "reasoning_text", "thinking", "thought", "cot_summary"]) {
  Deno.test(`odd frames: chat, reasoning under ${field}`, async () => {
    const script = stream(
      delta({ [field]: "I sh" }),
      delta({ [field]: "ould." }),
      delta({ content: "Four." }),
      STOP,
    );
    const { reasoning, text } = await run("chat", [script]);
    assert.deepEqual([reasoning, text], ["I should.", "Four."]);
  });
}

Deno.test("odd frames: chat, an end mark alone is believed the second time, and from then on", async () => {
  const learned = new Learned();
  const unsaid = stream(delta({ content: "Fo" }), delta({ content: "ur." }), "[DONE]");
  const first = await run("chat", [unsaid], { learned });
  assert.deepEqual([first.text, first.posts.length, first.notices.length], ["Four.", 2, 1]);
  const then = await run("chat", [unsaid], { learned });
  assert.deepEqual([then.text, then.posts.length, then.notices.length], ["Four.", 1, 0]);
  const called = await run("chat", [stream(call('{"cmd":"ls"}'), "[DONE]")], { learned });
  assert.deepEqual([called.calls.length, called.posts.length], [1, 1]);
});

for (
  const [name, script] of [
    ["in the middle of a call", stream(call('{"cmd":"l'), "[DONE]")],
    ["before all content", stream(delta({ reasoning_content: "Hm" }), "[DONE]")],
    ["missing too", stream(delta({ content: "Fo" }))],
  ] as const
) {
  Deno.test(`odd frames: chat, an end mark ${name}, is no end`, async () => {
    const good = stream(delta({ content: "Four." }), STOP);
    const { text, calls, posts } = await run("chat", [script, script, good]);
    assert.deepEqual([text.slice(-5), calls.length, posts.length], ["Four.", 0, 3]);
  });
}

const of = { output_index: 0, item_id: "m0", content_index: 0 };
const message = (text: string | undefined, index = 0): JsonObject => ({
  id: `m${index}`,
  type: "message",
  role: "assistant",
  status: "completed",
  content: text === undefined ? [] : [{ type: "output_text", text, annotations: [] }],
});
const item = (output_index: number, value: JsonObject): JsonObject[] => [
  { type: "response.output_item.added", output_index, item: { ...value, content: [] } },
  { type: "response.output_item.done", output_index, item: value },
];
const created = {
  type: "response.created",
  response: { id: "r", status: "in_progress", output: [] },
};
const completed = (output: JsonObject[] = []) => ({
  type: "response.completed",
  response: { id: "r", status: "completed", output },
});
const fn: JsonObject = {
  id: "f1",
  type: "function_call",
  call_id: "c1",
  name: "exec_command",
  arguments: '{"cmd":"ls"}',
  status: "completed",
};
const broken = (type: string) =>
  `{"type":"${type}","output_index":0,"item_id":"m0","delta":"x: keepalive\n`;
const responses: Readonly<
  Record<string, { parts: Part[]; text?: string; calls?: number; posts?: number; items?: number }>
> = {
  "a message that never had content": {
    parts: [created, ...item(0, message(undefined)), ...item(1, message("Four.", 1)), completed()],
    text: "Four.",
    items: 1,
  },
  "a message with an empty part": {
    parts: [
      created,
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { ...message(undefined), status: "in_progress" },
      },
      { type: "response.content_part.added", ...of, part: { type: "output_text", text: "" } },
      { type: "response.output_text.done", ...of, text: "" },
      { type: "response.content_part.done", ...of, part: { type: "output_text", text: "" } },
      { type: "response.output_item.done", output_index: 0, item: message("") },
      { type: "response.output_item.added", output_index: 1, item: { ...fn, arguments: "" } },
      { type: "response.output_item.done", output_index: 1, item: fn },
      completed([message(""), fn]),
    ],
    calls: 1,
    items: 1,
  },
  "a done alone of a message without content": {
    parts: [
      created,
      { type: "response.output_item.done", output_index: 0, item: message(undefined) },
      ...item(1, message("Four.", 1)),
      completed(),
    ],
    text: "Four.",
    items: 1,
  },
  "a message without content beside a call that began before it ended": {
    parts: [
      created,
      { type: "response.output_item.added", output_index: 0, item: message(undefined) },
      { type: "response.output_item.added", output_index: 1, item: { ...fn, arguments: "" } },
      { type: "response.output_item.done", output_index: 1, item: fn },
      { type: "response.output_item.done", output_index: 0, item: message(undefined) },
      completed(),
    ],
    calls: 1,
    items: 1,
  },
  "nothing but a message without content, then an answer": {
    parts: [created, ...item(0, message(undefined)), completed([message(undefined)])],
    text: "Four.",
    posts: 2,
    items: 1,
  },
  ...Object.fromEntries(
    [
      "response.output_text.delta",
      "response.content_part.added",
      "response.output_text.done",
      "response.in_progress",
      "response.reasoning_summary_text.delta",
    ].map((type) => [`a ${type} that is no JSON`, {
      parts: [created, broken(type), ...item(0, message("Four.")), completed()],
      text: "Four.",
      items: 1,
    }]),
  ),
  "a delta that is no JSON and names its type late": {
    parts: [
      created,
      '{"sequence_number":3,"output_index":0,"type":"response.output_text.delta","delta":"x',
      ...item(0, message("Four.")),
      completed(),
    ],
    text: "Four.",
    items: 1,
  },
  "a finished item that is no JSON, then an answer": {
    parts: [
      created,
      '{"type":"response.output_item.done","output_index":0,"item":{"type":"mess',
      completed(),
    ],
    text: "Four.",
    posts: 2,
    items: 1,
  },
  "an error in a list, then an answer": {
    parts: [created, [{ error: { message: "overloaded", code: 503 } }]],
    text: "Four.",
    posts: 2,
    items: 1,
  },
};
for (
  const [name, { parts, text = "", calls = 0, posts = 1, items = 1 }] of Object.entries(responses)
) {
  Deno.test(`odd frames: responses, ${name}`, async () => {
    const good = stream(created, ...item(0, message("Four.")), completed());
    const result = await run("responses", [stream(...parts), good]);
    const done = result.events.filter(({ type }) => type === "response.output_item.done");
    assert.deepEqual([result.text, result.calls.length, result.posts.length, done.length], [
      text,
      calls,
      posts,
      items,
    ]);
    const output = (result.events.at(-1)?.data.response as JsonObject).output as JsonObject[];
    assert.ok(
      !output.some((each) => each.type === "message" && (each.content as Json[]).length === 0),
    );
  });
}

const escaped = { cmd: "cd /tmp &amp;&amp; echo &quot;a&quot; &lt; b" };
for (
  const [name, model, args, want] of [
    ["are decoded", "x-ai/grok-4.1-fast", escaped, { cmd: 'cd /tmp && echo "a" < b' }],
    ["of another model stay", "gpt-oss-20b", escaped, escaped],
    ["beside bare characters stay", "grok-4", { cmd: "sed 's/&amp;/x/' < b" }, {
      cmd: "sed 's/&amp;/x/' < b",
    }],
    ["that were escaped twice are decoded once", "grok-4", { cmd: "echo &amp;amp;" }, {
      cmd: "echo &amp;",
    }],
    ["in other arguments stay", "grok-4", { cmd: "ls", note: "a &amp; b" }, {
      cmd: "ls",
      note: "a &amp; b",
    }],
  ] as const
) {
  Deno.test(`odd frames: entities in a command ${name}`, async () => {
    const script = stream(call(JSON.stringify(args)), delta({}, "tool_calls"));
    const { calls } = await run("chat", [script], { body: { ...BODY, model } });
    assert.deepEqual(JSON.parse(calls[0]?.arguments ?? ""), want);
  });
}
