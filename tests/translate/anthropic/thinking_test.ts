/** Signed thinking travels through Codex and back: through the adapter, the decoder and the next request. */

import assert from "node:assert/strict";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { anthropic } from "../../../lib/proxy/wires/anthropic.ts";
import { chat } from "../../../lib/proxy/wires/chat.ts";
import type { WireAdapter } from "../../../lib/proxy/wires/adapter.ts";

const HERE = "https://one.example/v1";
const LS = { type: "function", name: "ls", parameters: { type: "object", properties: {} } };
const HIGH = { effort: "high" };

function encode(adapter: WireAdapter, input: JsonObject[], base = HERE) {
  const request = { model: "claude-9", input, tools: [LS], reasoning: HIGH, stream: true };
  return adapter.encode(request, {
    profile: profileNamed("generic")!,
    title: "Sim",
    base,
    random: seededRandom(1),
    createdAt: 1,
    limits: { event: 1 << 20, toolCalls: 8 },
    classify: () => new Failure("refused", "no"),
  });
}

const data = (value: JsonObject) => ({ data: JSON.stringify(value) });
const begin = (index: number, block: JsonObject) =>
  data({ type: "content_block_start", index, content_block: block });
const delta = (index: number, value: JsonObject) =>
  data({ type: "content_block_delta", index, delta: value });
const stop = (index: number) => data({ type: "content_block_stop", index });
const thought = (index: number, texts: string[], signature: string[]) => [
  begin(index, { type: "thinking", thinking: "", signature: "" }),
  ...texts.map((thinking) => delta(index, { type: "thinking_delta", thinking })),
  ...signature.map((piece) => delta(index, { type: "signature_delta", signature: piece })),
  stop(index),
];
const called = (index: number) => [
  begin(index, { type: "tool_use", id: "toolu_1", name: "ls", input: {} }),
  stop(index),
  data({ type: "message_delta", delta: { stop_reason: "tool_use" } }),
  data({ type: "message_stop" }),
];

const USER: JsonObject = { type: "message", role: "user", content: "List." };

/** The items that Codex keeps of an answer, behind what it asked. */
function history(messages: { data: string }[]): JsonObject[] {
  const { decoder } = encode(anthropic, [USER]);
  const events = [...messages.flatMap((message) => decoder.push(message)), ...decoder.end()];
  const items = events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [item] : []
  );
  return [USER, ...items, { type: "function_call_output", call_id: "toolu_1", output: "a" }];
}

/** The blocks of the assistant's message in a request. */
function assistant(body: JsonObject): unknown {
  const messages = Array.isArray(body.messages) ? body.messages.filter(isObject) : [];
  return messages.find(({ role }) => role === "assistant")?.content;
}

const USE = { type: "tool_use", id: "toolu_1", name: "ls", input: {} };

const rows: { name: string; answer: { data: string }[]; back: unknown[] }[] = [
  {
    name: "a block with its signature",
    answer: [...thought(0, ["I ", "list."], ["sig", "nature"]), ...called(1)],
    back: [{ type: "thinking", thinking: "I list.", signature: "signature" }, USE],
  },
  {
    name: "a block under other names of its fields (litellm#8964)",
    answer: [
      begin(0, { type: "thinking", text: "I " }),
      delta(0, { type: "thinking_delta", text: "list." }),
      delta(0, { type: "signature_delta", signature_delta: "signature" }),
      stop(0),
      ...called(1),
    ],
    back: [{ type: "thinking", thinking: "I list.", signature: "signature" }, USE],
  },
  {
    name: "two blocks in a row",
    answer: [...thought(0, ["One."], ["s1"]), ...thought(1, ["Two."], ["s2"]), ...called(2)],
    back: [
      { type: "thinking", thinking: "One.", signature: "s1" },
      { type: "thinking", thinking: "Two.", signature: "s2" },
      USE,
    ],
  },
  {
    name: "a block that only the provider can read",
    answer: [
      ...thought(0, ["One."], ["s1"]),
      begin(1, { type: "redacted_thinking", data: "xyz" }),
      stop(1),
      ...called(2),
    ],
    back: [
      { type: "thinking", thinking: "One.", signature: "s1" },
      { type: "redacted_thinking", data: "xyz" },
      USE,
    ],
  },
  {
    name: "nothing but such a block",
    answer: [begin(0, { type: "redacted_thinking", data: "xyz" }), stop(0), ...called(1)],
    back: [{ type: "redacted_thinking", data: "xyz" }, USE],
  },
  {
    name: "thinking around text",
    answer: [
      ...thought(0, ["One."], ["s1"]),
      begin(1, { type: "text", text: "Now." }),
      stop(1),
      ...thought(2, ["Two."], ["s2"]),
      ...called(3),
    ],
    back: [
      { type: "thinking", thinking: "One.", signature: "s1" },
      { type: "text", text: "Now." },
      { type: "thinking", thinking: "Two.", signature: "s2" },
      USE,
    ],
  },
  {
    name: "thinking behind the last text",
    answer: [
      ...thought(0, ["One."], ["s1"]),
      begin(1, { type: "text", text: "Now." }),
      stop(1),
      ...thought(2, ["Two."], ["s2"]),
      data({ type: "message_delta", delta: { stop_reason: "end_turn" } }),
      data({ type: "message_stop" }),
    ],
    back: [
      { type: "thinking", thinking: "One.", signature: "s1" },
      { type: "thinking", thinking: "Two.", signature: "s2" },
      { type: "text", text: "Now." },
    ],
  },
];

for (const { name, answer, back } of rows) {
  Deno.test(`anthropic thinking: ${name} goes back as the API takes it`, () => {
    const { body } = encode(anthropic, history(answer));
    const plain = JSON.parse(JSON.stringify(assistant(body))) as JsonObject[];
    assert.deepEqual(plain, back);
    assert.ok(body.thinking, "the turn goes on thinking");
  });
}

Deno.test("anthropic thinking: of one provider's nothing goes to another, and no thinking is asked for", () => {
  const items = history([...thought(0, ["Mine."], ["s1"]), ...called(1)]);
  const { body } = encode(anthropic, items, "https://other.example/v1");
  assert.deepEqual(assistant(body), [USE]);
  assert.equal(body.thinking, undefined);
  const there = JSON.stringify(encode(chat, items, "https://other.example/v1").body);
  assert.ok(!there.includes("s1") && !there.includes("Mine."));
});
