/** What a provider wants back unread: through the composition on both wires, whole, split and cut, and back with the next request. */

import assert from "node:assert/strict";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { assertLawful, WireRun } from "../../helpers/streams/wire_run.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { MOST_STATE } from "../../../lib/translate/opaque/state.ts";

const A = "http://127.0.0.1:1/v1";
const B = "http://127.0.0.1:2/v1";
const hi: JsonObject = { type: "message", role: "user", content: "hi" };
const tools: Json[] = [
  { type: "function", name: "shell", parameters: { type: "object", properties: {} } },
];

const bytesOf = (text: string) => new TextEncoder().encode(text);
const chunk = (delta: JsonObject, finish: string | null = null): JsonObject => ({
  choices: [{ index: 0, delta, finish_reason: finish }],
});
const call = (id: string, more: JsonObject = {}, inside: JsonObject = {}, index = 0) => ({
  ...{ index, id, type: "function" },
  function: { name: "shell", arguments: "{}", ...inside },
  ...more,
});
const google = (signature: string) => ({
  extra_content: { google: { thought_signature: signature } },
});
const sse = (chunks: readonly JsonObject[]) =>
  chunks.map((each) => `data: ${JSON.stringify(each)}\n\n`).join("") + "data: [DONE]\n\n";

/** The finished items of one answer, as Codex keeps them. */
function answered(
  wire: Wire,
  pieces: Iterable<Uint8Array>,
  { base = A, provider = "generic", model = "m", input = [hi] }: {
    base?: string;
    provider?: string;
    model?: string;
    input?: Json[];
  } = {},
): { items: JsonObject[]; failure: Failure | undefined } {
  const run = new WireRun(true, provider);
  const failure = run.attempt(wire, pieces, { model, input, tools }, base);
  if (failure === undefined) assertLawful(run.events, true);
  const items = run.events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [item] : []
  );
  return { items, failure };
}

/** What goes up after the calls among `items` were answered. */
function next(
  wire: Wire,
  items: readonly JsonObject[],
  { base = A, provider = "generic", model = "m", refused = (_: string) => false } = {},
): JsonObject[] {
  const outputs = items.filter(({ call_id }) => call_id !== undefined).map(({ call_id }) => ({
    type: "function_call_output",
    call_id,
    output: "ok",
  }));
  // Codex writes `content: null` into what it sends back.
  const echoed = items.map((item) => item.type === "reasoning" ? { ...item, content: null } : item);
  const { body } = WIRES[wire].encode(
    { model, tools, input: [hi, ...echoed, ...outputs, { ...hi, content: "on" }] },
    {
      profile: profileNamed(provider)!,
      title: "Sim",
      base,
      random: seededRandom(1),
      createdAt: 1,
      limits: { event: 1 << 24, toolCalls: 128 },
      classify: (_, text) => new Failure("refused", text),
      sealed: { issued: () => {}, isForeign: refused },
    },
  );
  const list = wire === "chat" ? body.messages : body.input;
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** The assistant's message without what every one has. */
function assistantOf(messages: readonly JsonObject[]): JsonObject {
  const found = messages.find(({ role }) => role === "assistant");
  const { role: _, content: __, ...rest } = found ?? {};
  return rest;
}

const chatCall = (id: string, more: JsonObject = {}, inside: JsonObject = {}): JsonObject => ({
  id,
  type: "function",
  function: { name: "shell", arguments: "{}", ...inside },
  ...more,
});
const TEXT = { type: "reasoning.text", format: "anthropic-claude-v1", index: 0 };
const SEAL = {
  type: "reasoning.encrypted",
  data: "c2VhbA==",
  id: "call_1",
  format: "google-gemini-v1",
};

const CHATS: {
  name: string;
  provider?: string;
  chunks: JsonObject[];
  back: JsonObject;
}[] = [
  {
    name: "a signature of a call",
    chunks: [chunk({ tool_calls: [call("c1", google("s1"))] }), chunk({}, "stop")],
    back: { tool_calls: [chatCall("c1", google("s1"))] },
  },
  {
    name: "parallel calls, of which the first alone is signed",
    chunks: [
      chunk({ tool_calls: [call("c1", google("s1"))] }),
      chunk({ tool_calls: [call("c2", {}, {}, 1)] }),
      chunk({}, "tool_calls"),
    ],
    back: { tool_calls: [chatCall("c1", google("s1")), chatCall("c2")] },
  },
  {
    name: "a signature that comes with a later fragment of the call",
    chunks: [
      chunk({ tool_calls: [{ index: 0, id: "c1", function: { name: "shell", arguments: "{" } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: "}" }, ...google("late") }] }),
      chunk({}, "tool_calls"),
    ],
    back: { tool_calls: [chatCall("c1", google("late"))] },
  },
  {
    name: "calls whose ids start again in every answer",
    chunks: [chunk({ tool_calls: [call("shell:0", google("s0"))] }), chunk({}, "tool_calls")],
    back: { tool_calls: [chatCall("shell:0", google("s0"))] },
  },
  {
    name: "fields inside the function, and of another name",
    chunks: [
      chunk({
        tool_calls: [
          call("c1", { thought_signature: "a" }, {
            provider_specific_fields: { thought_signature: "b" },
          }),
        ],
      }),
      chunk({}, "tool_calls"),
    ],
    back: {
      tool_calls: [
        chatCall("c1", { thought_signature: "a" }, {
          provider_specific_fields: { thought_signature: "b" },
        }),
      ],
    },
  },
  {
    name: "a signature of the message, after its text",
    chunks: [chunk({ content: "Yes." }), chunk(google("m")), chunk({}, "stop")],
    back: google("m"),
  },
  {
    name: "blocks of reasoning in pieces, with the signature last",
    provider: "openrouter",
    chunks: [
      chunk({ reasoning: "Let", reasoning_details: [{ ...TEXT, text: "Let", signature: null }] }),
      chunk({ reasoning: " me.", reasoning_details: [{ ...TEXT, text: " me." }] }),
      chunk({ reasoning_details: [{ ...TEXT, signature: "sig" }] }),
      chunk({ content: "Now." }),
      chunk({ tool_calls: [call("c1")] }),
      chunk({}, "tool_calls"),
    ],
    back: {
      reasoning: "Let me.",
      reasoning_details: [{ ...TEXT, text: "Let me.", signature: "sig" }],
      tool_calls: [chatCall("c1")],
    },
  },
  {
    name: "a sealed block behind the calls, in its order",
    provider: "openrouter",
    chunks: [
      chunk({ reasoning: "Hm.", reasoning_details: [{ ...TEXT, text: "Hm.", signature: "s" }] }),
      chunk({ tool_calls: [call("c1")] }),
      chunk({ reasoning_details: [SEAL, { ...SEAL, data: "b3RoZXI=", id: "call_2" }] }),
      chunk({}, "tool_calls"),
    ],
    back: {
      reasoning: "Hm.",
      reasoning_details: [
        { ...TEXT, text: "Hm.", signature: "s" },
        SEAL,
        { ...SEAL, data: "b3RoZXI=", id: "call_2" },
      ],
      tool_calls: [chatCall("c1")],
    },
  },
  {
    name: "blocks of two indexes, by turns, and all of them once more",
    chunks: [
      chunk({ reasoning_details: [{ ...TEXT, text: "a" }, { ...TEXT, index: 1, text: "x" }] }),
      chunk({ reasoning_details: [{ ...TEXT, text: "b" }, { ...TEXT, index: 1, text: "y" }] }),
      chunk({
        reasoning_details: [{ ...TEXT, text: "ab" }, { ...TEXT, index: 1, text: "xy" }],
        tool_calls: [call("c1")],
      }),
      chunk({}, "tool_calls"),
    ],
    back: {
      reasoning_details: [{ ...TEXT, text: "ab" }, { ...TEXT, index: 1, text: "xy" }],
      tool_calls: [chatCall("c1")],
    },
  },
  {
    name: "blocks without an index that came in one piece stay apart",
    chunks: [
      chunk({
        reasoning: "ab",
        reasoning_details: [
          { type: "reasoning.text", text: "a", signature: "1" },
          { type: "reasoning.text", text: "b", signature: null, id: null },
        ],
      }),
      chunk({ content: "Done." }, "stop"),
    ],
    back: {
      reasoning: "ab",
      reasoning_details: [
        { type: "reasoning.text", text: "a", signature: "1" },
        { type: "reasoning.text", text: "b", signature: null, id: null },
      ],
    },
  },
  {
    name: "an opaque text beside reasoning of another name",
    chunks: [
      chunk({ reasoning_text: "I should " }),
      chunk({ reasoning_text: "list." }),
      chunk({ reasoning_opaque: "c2VhbA==" }),
      chunk({ tool_calls: [call("c1")] }),
      chunk({}, "tool_calls"),
    ],
    back: {
      reasoning_text: "I should list.",
      reasoning_opaque: "c2VhbA==",
      tool_calls: [chatCall("c1")],
    },
  },
  {
    name: "an opaque text that comes last",
    chunks: [
      chunk({ reasoning_text: "Hm." }),
      chunk({ content: "Right." }),
      chunk({ tool_calls: [call("c1")] }),
      chunk({ reasoning_opaque: "last" }, "tool_calls"),
    ],
    back: {
      reasoning_text: "Hm.",
      reasoning_opaque: "last",
      tool_calls: [chatCall("c1")],
    },
  },
  {
    name: "thinking blocks",
    chunks: [
      chunk({
        reasoning_content: "Wait",
        thinking_blocks: [{ type: "thinking", thinking: "Wait", signature: null }],
      }),
      chunk({ thinking_blocks: [{ type: "thinking", thinking: "", signature: "sig" }] }),
      chunk({ tool_calls: [call("c1")] }),
      chunk({}, "tool_calls"),
    ],
    back: {
      reasoning_content: "Wait",
      thinking_blocks: [{ type: "thinking", thinking: "Wait", signature: "sig" }],
      tool_calls: [chatCall("c1")],
    },
  },
  {
    name: "plain reasoning, and an object that holds no state",
    provider: "deepseek",
    chunks: [
      chunk({ reasoning_content: "Think.", provider_specific_fields: { refusal: null } }),
      chunk({ tool_calls: [call("c1", { extra_content: { google: { thought: true } } })] }),
      chunk({}, "tool_calls"),
    ],
    back: { reasoning_content: "Think.", tool_calls: [chatCall("c1")] },
  },
];

for (const { name, provider = "generic", chunks, back } of CHATS) {
  Deno.test(`opaque state, chat: ${name}`, () => {
    const bytes = bytesOf(sse(chunks));
    const { items, failure } = answered("chat", [bytes], { provider });
    assert.equal(failure, undefined);
    assert.deepEqual(assistantOf(next("chat", items, { provider })), back);
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(answered("chat", single, { provider }).items, items, "split");
    for (let cut = 0; cut < chunks.length; cut++) {
      const part = bytesOf(sse(chunks.slice(0, cut)).replace("data: [DONE]\n\n", ""));
      assert.ok(answered("chat", [part], { provider }).failure, `cut after ${cut}`);
    }
    const complete = { choices: [{ index: 0, finish_reason: "stop", message: merged(chunks) }] };
    if (!Object.hasOwn(merged(chunks), "twice")) {
      const json = WIRES.chat.decodeComplete(complete)?.map(({ data }) => `data: ${data}\n\n`) ??
        [];
      const whole = answered("chat", [bytesOf(json.join(""))], { provider });
      assert.deepEqual(assistantOf(next("chat", whole.items, { provider })), back, "as JSON");
    }
  });

  Deno.test(`opaque state, chat: ${name}; nobody else gets it`, () => {
    const { items } = answered("chat", [bytesOf(sse(chunks))], { provider });
    const plain = { tool_calls: Array.isArray(back.tool_calls) ? back.tool_calls.length : 0 };
    const shape = (message: JsonObject) => {
      const calls = Array.isArray(message.tool_calls) ? message.tool_calls.filter(isObject) : [];
      for (const each of calls) assert.deepEqual(Object.keys(each), ["id", "type", "function"]);
      for (const { function: inside } of calls) {
        assert.deepEqual(Object.keys(inside as JsonObject), ["name", "arguments"]);
      }
      const { tool_calls: _, ...rest } = message;
      return { ...rest, tool_calls: calls.length };
    };
    const to = (more: JsonObject) => shape(assistantOf(next("chat", items, { provider, ...more })));
    assert.deepEqual(to({ base: B }), {
      ...(provider === "deepseek" && { reasoning_content: " " }),
      ...plain,
    });
    const other = to({ model: "other-2" });
    assert.ok(!/sig|c2VhbA|"s\d?"|last|late/.test(JSON.stringify(other)), "another model's");
    assert.ok(
      !JSON.stringify(next("responses", items, { provider })).includes("sidecar-reasoning"),
    );
    const refused = to({ refused: () => true } as unknown as JsonObject);
    assert.ok(!/sig|c2VhbA|"s\d?"|last|late/.test(JSON.stringify(refused)), "refused before");
  });
}

/** One message that says what the chunks say; only for chunks that are no pieces of one another. */
function merged(chunks: readonly JsonObject[]): JsonObject {
  const message: JsonObject = { role: "assistant" };
  for (const { choices } of chunks) {
    const [{ delta }] = choices as [{ delta: JsonObject }];
    for (const [key, value] of Object.entries(delta)) {
      if (!Object.hasOwn(message, key)) message[key] = value;
      else if (key === "tool_calls" && isObject(message)) {
        const before = message[key] as JsonObject[];
        const more = value as JsonObject[];
        if (more.some(({ id }) => id === undefined)) message.twice = true;
        message[key] = [...before, ...more];
      } else message.twice = true;
    }
  }
  return message;
}

Deno.test("opaque state: a thread that goes from one provider to another and back gives each its own", () => {
  const first = answered("chat", [
    bytesOf(sse([chunk({ tool_calls: [call("c1", google("of A"))] }), chunk({}, "stop")])),
  ]).items;
  const second = answered("chat", [
    bytesOf(sse([
      chunk({ reasoning_text: "B's.", reasoning_opaque: "of B" }),
      chunk({ tool_calls: [call("c2")] }),
      chunk({}, "tool_calls"),
    ])),
  ], { base: B }).items;
  const output = (call_id: string) => ({ type: "function_call_output", call_id, output: "" });
  const thread = [...first, output("c1"), hi, ...second];
  const toA = JSON.stringify(next("chat", thread));
  assert.ok(toA.includes("of A") && !toA.includes("of B") && !toA.includes("B's."));
  const toB = JSON.stringify(next("chat", thread, { base: B }));
  assert.ok(!toB.includes("of A") && toB.includes("of B") && toB.includes("B's."));
});

Deno.test("opaque state: what compaction or a client removed leaves nothing behind", () => {
  const { items } = answered("chat", [
    bytesOf(sse([
      chunk({ reasoning_opaque: "seal" }),
      chunk({ tool_calls: [call("c1", google("s1"))] }),
      chunk({}, "stop"),
    ])),
  ]);
  const bare = next("chat", items.filter(({ type }) => type !== "reasoning"));
  assert.deepEqual(assistantOf(bare), { tool_calls: [chatCall("c1")] });
  const alone = next("chat", items.filter(({ type }) => type === "reasoning"));
  assert.deepEqual(alone.map(({ role }) => role), ["user", "user"]);
});

Deno.test("opaque state: one that is too large is not kept, and the answer is", () => {
  const data = "A".repeat(MOST_STATE + 1);
  const { items, failure } = answered("chat", [
    bytesOf(sse([
      chunk({ reasoning_details: [{ type: "reasoning.encrypted", data }] }),
      chunk({ content: "Fine." }, "stop"),
    ])),
  ]);
  assert.equal(failure, undefined);
  assert.ok(JSON.stringify(items).length < 1000);
});

Deno.test("opaque state: ids that are names of every object are ids", () => {
  const { items } = answered("chat", [
    bytesOf(sse([
      chunk({ tool_calls: [call("__proto__", google("s1"))] }),
      chunk({ tool_calls: [call("constructor", {}, {}, 1)] }),
      chunk({}, "stop"),
    ])),
  ]);
  assert.deepEqual(assistantOf(next("chat", items)), {
    tool_calls: [chatCall("__proto__", google("s1")), chatCall("constructor")],
  });
});

const event = (type: string, fields: JsonObject) =>
  `event: response.${type}\ndata: ${JSON.stringify({ type: `response.${type}`, ...fields })}\n\n`;
/** A stream of the Responses API: each item begins and ends, the calls among them together. */
function responsesStream(items: readonly JsonObject[]): string[] {
  const response = { id: "resp_1", object: "response", status: "in_progress", output: [] };
  const added = (item: JsonObject, output_index: number) =>
    event("output_item.added", { output_index, item: { ...item, arguments: "" } });
  const done = (item: JsonObject, output_index: number) =>
    event("output_item.done", { output_index, item });
  return [
    event("created", { response }),
    ...items.map(added),
    ...items.map(done),
    event("completed", { response: { ...response, status: "completed", output: [...items] } }),
  ];
}
const fc = (n: number, more: JsonObject = {}): JsonObject => ({
  ...{ type: "function_call", id: `fc_${n}`, call_id: `c${n}`, name: "shell" },
  ...{ arguments: "{}", status: "completed" },
  ...more,
});
const rs = (more: JsonObject): JsonObject => ({
  ...{ type: "reasoning", id: "rs_1", summary: [] },
  ...more,
});

const RESPONSES: { name: string; items: JsonObject[]; back: JsonObject }[] = [
  {
    name: "a signature of a call",
    items: [fc(1, google("s1")), fc(2)],
    back: { c1: google("s1"), c2: {} },
  },
  {
    name: "fields of LiteLLM at two calls",
    items: [
      fc(1, { provider_specific_fields: { thought_signature: "a" } }),
      fc(2, { thought_signature: "b" }),
    ],
    back: {
      c1: { provider_specific_fields: { thought_signature: "a" } },
      c2: { thought_signature: "b" },
    },
  },
  {
    name: "a signature and a format of reasoning that is sealed too",
    items: [rs({ encrypted_content: "seal", signature: "sig", format: "f-1" }), fc(1)],
    back: { rs_1: { encrypted_content: "seal", signature: "sig", format: "f-1" }, c1: {} },
  },
  {
    name: "a signature of plain reasoning",
    items: [rs({ content: [{ type: "reasoning_text", text: "Hm." }], signature: "sig" }), fc(1)],
    back: { rs_1: { signature: "sig" }, c1: {} },
  },
  {
    name: "sealed reasoning alone is as it was",
    items: [rs({ encrypted_content: "seal" }), fc(1)],
    back: { rs_1: { encrypted_content: "seal" }, c1: {} },
  },
];

for (const { name, items: sent, back } of RESPONSES) {
  Deno.test(`opaque state, responses: ${name}`, () => {
    const stream = responsesStream(sent);
    const bytes = bytesOf(stream.join(""));
    const { items, failure } = answered("responses", [bytes]);
    assert.equal(failure, undefined);
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(answered("responses", single).items, items, "split");
    for (let cut = 0; cut < stream.length - 1; cut++) {
      assert.ok(answered("responses", [bytesOf(stream.slice(0, cut).join(""))]).failure);
    }
    /** What an item has that Codex does not keep. */
    const kept = (list: JsonObject[]) =>
      Object.fromEntries(
        list.filter(({ type }) => type === "function_call" || type === "reasoning").map((item) => {
          const { type, id, call_id, name: _, arguments: __, status: ___, ...more } = item;
          const { summary: ____, content: _____, ...state } = more;
          return [String(type === "reasoning" ? id : call_id), state];
        }),
      );
    // Codex keeps only the fields that it knows.
    const codex = items.map(({ extra_content: _, provider_specific_fields: __, ...item }) => {
      const { thought_signature: ___, signature: ____, format: _____, ...rest } = item;
      return rest;
    });
    assert.deepEqual(kept(next("responses", codex)), back);
    const foreign = JSON.stringify(next("responses", codex, { base: B }));
    assert.ok(!/sidecar-reasoning|"sig"|"s1"/.test(foreign));
    assert.ok(!/sidecar-reasoning|"sig"|"s1"/.test(JSON.stringify(next("chat", codex))));
  });
}
