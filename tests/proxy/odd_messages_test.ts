/** Answers of Messages servers and of gateways before them as nobody documents them, through the whole exchange. */

import assert from "node:assert/strict";
import { gistOf } from "../helpers/streams/chat_streams.ts";
import { runExchange } from "../helpers/proxy/exchange.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import { Learned } from "../../lib/proxy/route/learned/learned.ts";
import {
  body,
  cut,
  eof,
  head,
  json,
  raw,
  type Script,
  streamHead,
} from "../../lib/simulate/script.ts";
import type { SeenRequest } from "../../lib/simulate/provider.ts";
import { checkGrammar } from "../../lib/translate/grammar.ts";

const START: JsonObject = {
  type: "message_start",
  message: { id: "msg_1", type: "message", role: "assistant", content: [] },
};
const STOP: JsonObject = { type: "message_stop" };
const text = (text: string): JsonObject[] => [
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 0, delta: { type: "text_delta", text } },
  { type: "content_block_stop", index: 0 },
];
const reason = (stop_reason: string): JsonObject => ({
  type: "message_delta",
  delta: { stop_reason },
});
const error = (type: string, message: string): JsonObject => ({
  type: "error",
  error: { type, message },
});
const sse = (...messages: JsonObject[]): string =>
  messages.map((data) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`).join("");
const stream = (...messages: JsonObject[]): Script => [...streamHead(), raw(sse(...messages)), eof];
const GOOD = sse(START, ...text("Four."), reason("end_turn"), STOP);
const MESSAGE: JsonObject = {
  role: "assistant",
  content: [{ type: "text", text: "Four." }],
  stop_reason: "end_turn",
};
const paused = (words: string): Script => stream(START, ...text(words), reason("pause_turn"), STOP);
const good: Script = [...streamHead(), raw(GOOD), eof];
const gzipped = new Uint8Array(
  await new Response(new Blob([GOOD]).stream().pipeThrough(new CompressionStream("gzip")))
    .arrayBuffer(),
);

/** The scripts of the attempts, the last one for all further ones. What the client gets is `Four.` unless the row says more. */
const rows: Readonly<Record<string, { scripts: Script[]; text?: string; posts?: number }>> = {
  "CRLF": { scripts: [[...streamHead(), raw(GOOD.replaceAll("\n", "\r\n")), eof]] },
  "CR alone": { scripts: [[...streamHead(), raw(GOOD.replaceAll("\n", "\r")), eof]] },
  "a byte order mark": { scripts: [[...streamHead(), raw(`\uFEFF${GOOD}`), eof]] },
  "no names of events": {
    scripts: [[...streamHead(), raw(GOOD.replace(/event: .*\n/g, "")), eof]],
  },
  "a stream called JSON": { scripts: [body(200, "application/json", GOOD)] },
  "a stream called nothing": { scripts: [[head(200), raw(GOOD), eof]] },
  "gzip": {
    scripts: [[
      head(200, { "content-type": "text/event-stream", "content-encoding": "gzip" }),
      raw(gzipped),
      eof,
    ]],
  },
  "a complete message": { scripts: [json(200, { type: "message", ...MESSAGE })] },
  "a complete message called a stream": {
    scripts: [body(200, "text/event-stream", JSON.stringify({ type: "message", ...MESSAGE }))],
  },
  "a complete message without its type": { scripts: [json(200, MESSAGE)] },
  "a complete message in an envelope": { scripts: [json(200, { code: 0, data: MESSAGE })] },
  "a complete message whose content is a text": {
    scripts: [json(200, { ...MESSAGE, content: "Four." })],
  },
  "pauses, each with more of the answer": {
    scripts: [paused("One, "), paused("two, "), paused("three, "), good],
    text: "One, two, three, Four.",
    posts: 4,
  },
  "a pause before all content": {
    scripts: [stream(START, reason("pause_turn"), STOP), good],
    posts: 2,
  },
  "a connection cut behind the stop reason": {
    scripts: [[...streamHead(), raw(sse(START, ...text("Four."), reason("end_turn"))), cut]],
  },
  "pings alone, then an answer": {
    scripts: [stream({ type: "ping" }, { type: "ping" }), good],
    posts: 2,
  },
  "529, then an answer": {
    scripts: [json(529, error("overloaded_error", "Overloaded")), good],
    posts: 2,
  },
  "an error in mid-text, then an answer": {
    scripts: [stream(START, ...text("Fo").slice(0, 2), error("overloaded_error", "Busy")), good],
    posts: 2,
  },
  "an error of a gateway in mid-text, then an answer": {
    scripts: [
      stream(START, ...text("Fo").slice(0, 2), { code: 502, message: "Bad gateway" }),
      good,
    ],
    posts: 2,
  },
};

async function run(scripts: readonly Script[], more = {}) {
  let at = 0;
  const result = await runExchange({
    codex: true,
    script: () => scripts[Math.min(at++, scripts.length - 1)] as Script,
    ...more,
    target: { wire: "anthropic" },
  });
  const grammar = result.status === 200 && checkGrammar(result.events, { rewritten: true });
  assert.equal(grammar || undefined, undefined);
  return { ...result, answer: result.text, ...gistOf(result.events) };
}

for (const [name, { scripts, text = "Four.", posts = 1 }] of Object.entries(rows)) {
  Deno.test(`odd messages: ${name}`, async () => {
    const result = await run(scripts);
    assert.deepEqual([result.text, result.posts.length], [text, posts]);
    assert.equal(result.events.at(-1)?.type, "response.completed");
  });
}

Deno.test("odd messages: a pause for ever is no complete answer", async () => {
  const { events } = await run([paused("Let me "), paused("look ")], { retry: { attempts: 3 } });
  assert.equal(events.at(-1)?.type, "response.failed");
});

Deno.test("odd messages: an end without a stop reason is believed the second time, and from then on", async () => {
  const learned = new Learned();
  const unsaid = stream(START, ...text("Four."), STOP);
  const posts = [];
  for (const _ of [1, 2]) {
    const result = await run([unsaid], { learned });
    assert.deepEqual([result.text, result.events.at(-1)?.type], ["Four.", "response.completed"]);
    posts.push(result.posts.length);
  }
  assert.deepEqual(posts, [2, 1]);
  const cut = await run([stream(START, ...text("Fo").slice(0, 2)), good], { learned });
  assert.deepEqual([cut.text, cut.posts.length], ["Four.", 2], "a cut stream is cut all the same");
});

for (
  const [name, refusal] of [
    [
      "a quota in a stream",
      stream({ code: "insufficient_quota", message: "Your plan is used up" }),
    ],
    ["a quota in a 200", json(200, error("billing_error", "Your credit balance is too low"))],
  ] as const
) {
  Deno.test(`odd messages: ${name} is told at once`, async () => {
    const { status, posts } = await run([refusal]);
    assert.deepEqual([status, posts.length], [400, 1]);
  });
}

Deno.test("odd messages: a limit of the answer that the window has no room for is made smaller, for this request alone", async () => {
  const learned = new Learned();
  const message =
    "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length or `max_tokens`";
  const refusal = json(400, error("invalid_request_error", message));
  const first = await run([refusal, good], { learned });
  assert.deepEqual([first.text, first.posts.length], ["Four.", 2]);
  assert.deepEqual(first.posts.map((post) => post.json?.max_tokens), [64_000, 20_977]);
  const then = await run([good], { learned });
  assert.deepEqual(then.posts.map((post) => post.json?.max_tokens), [64_000]);
  const full = json(400, error("invalid_request_error", message.replace("178959", "199000")));
  const over = await run([full]);
  assert.match(over.answer, /context_length_exceeded/);
  assert.equal(over.posts.length, 1);
});

Deno.test("odd messages: a model that measures its thinking itself is asked with an effort, from the second request on at once", async () => {
  const learned = new Learned();
  const message =
    '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
  const script = ({ json: sent }: SeenRequest): Script =>
    (sent?.thinking as JsonObject | undefined)?.type === "enabled"
      ? json(400, error("invalid_request_error", message))
      : good;
  const asked: JsonObject = {
    model: "m",
    stream: true,
    input: "hi",
    reasoning: { effort: "high" },
  };
  for (const posts of [2, 1]) {
    const got = await run([], { learned, body: asked, script });
    assert.deepEqual([got.text, got.posts.length], ["Four.", posts]);
    const { thinking, output_config } = got.posts.at(-1)?.json ?? {};
    assert.deepEqual([thinking, output_config], [{ type: "adaptive" }, { effort: "high" }]);
  }
});

for (
  const [name, script] of [
    ["a stream", [
      ...streamHead(),
      raw('data: {"choices":[{"delta":{"content":"Four."}}]}\n\n'),
      eof,
    ]],
    ["a body", json(200, { choices: [{ message: { content: "Four." }, finish_reason: "stop" }] })],
  ] as const
) {
  Deno.test(`odd messages: ${name} of Chat Completions is told as that, once`, async () => {
    const { answer, posts } = await run([script]);
    assert.match(answer, /in the form of Chat Completions\. Set wire: chat/);
    assert.equal(posts.length, 1);
  });
}
