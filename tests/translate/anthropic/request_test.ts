/** What a request of Codex becomes on the Messages wire. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type AnthropicRules, GENERIC_ANTHROPIC } from "../../../lib/provider/anthropic_rules.ts";
import { takesPrefill, toAnthropic } from "../../../lib/translate/anthropic/request.ts";

const user = (text: string): JsonObject => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});
const said = (text: string): JsonObject => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const call = (id: string, args = "{}"): JsonObject => ({
  type: "function_call",
  call_id: id,
  name: "ls",
  arguments: args,
});
const output = (id: string, value: JsonObject["output"] = "done"): JsonObject => ({
  type: "function_call_output",
  call_id: id,
  output: value as string,
});
const LS = { type: "function", name: "ls", description: "Lists.", parameters: { type: "object" } };
const PLAIN: AnthropicRules = { ...GENERIC_ANTHROPIC, cache: false };
const PIXEL = "data:image/png;base64,iVBORw0KGgo=";

function sent(request: JsonObject, rules = PLAIN, prefix?: string): JsonObject {
  return toAnthropic(
    { model: "m", ...request },
    rules,
    prefix === undefined ? {} : { prefix },
  ).body;
}

function messages(input: JsonObject[], rules = PLAIN): unknown[] {
  return sent({ input }, rules).messages as unknown[];
}

const text = (words: string) => ({ type: "text", text: words });
const use = (id: string, input: JsonObject = {}) => ({ type: "tool_use", id, name: "ls", input });
const result = (id: string, words = "done") => ({
  type: "tool_result",
  tool_use_id: id,
  content: [text(words)],
});

const conversations: { name: string; input: JsonObject[]; gives: unknown[] }[] = [
  {
    name: "a user's word",
    input: [user("hi")],
    gives: [{ role: "user", content: [text("hi")] }],
  },
  {
    name: "all results of a turn stand in one user message, before what the user says next",
    input: [
      user("go"),
      said("I list."),
      call("a"),
      call("b"),
      output("b"),
      output("a"),
      user("ok"),
    ],
    gives: [
      { role: "user", content: [text("go")] },
      { role: "assistant", content: [text("I list."), use("a"), use("b")] },
      { role: "user", content: [result("a"), result("b"), text("ok")] },
    ],
  },
  {
    name: "two words of the user in a row are one message, and blank ones none",
    input: [user("one"), user("  "), user("two")],
    gives: [{ role: "user", content: [text("one"), text("two")] }],
  },
  {
    name: "a call without an output has one all the same",
    input: [user("go"), call("a"), user("stop")],
    gives: [
      { role: "user", content: [text("go")] },
      { role: "assistant", content: [use("a")] },
      {
        role: "user",
        content: [
          result("a", "[No output: the call was interrupted before it finished.]"),
          text("stop"),
        ],
      },
    ],
  },
  {
    name: "a conversation that opens with the assistant gets a user before it",
    input: [said("Welcome."), user("hi")],
    gives: [
      { role: "user", content: [text("The conversation continues:")] },
      { role: "assistant", content: [text("Welcome.")] },
      { role: "user", content: [text("hi")] },
    ],
  },
  {
    name: "ids of other providers are written in the API's alphabet, and stay apart",
    input: [user("go"), call("functions.ls:0"), output("functions.ls:0"), call("functions_ls_0")],
    gives: [
      { role: "user", content: [text("go")] },
      { role: "assistant", content: [use("functions_ls_0")] },
      { role: "user", content: [result("functions_ls_0")] },
      { role: "assistant", content: [use("functions_ls_0_2")] },
      {
        role: "user",
        content: [
          result("functions_ls_0_2", "[No output: the call was interrupted before it finished.]"),
        ],
      },
    ],
  },
  {
    name: "arguments that are no object are kept as text, and images stand in results",
    input: [
      user("go"),
      call("a", "[1]"),
      output("a", [{ type: "input_image", image_url: PIXEL }]),
    ],
    gives: [
      { role: "user", content: [text("go")] },
      { role: "assistant", content: [use("a", { _raw: "[1]" })] },
      {
        role: "user",
        content: [{
          type: "tool_result",
          tool_use_id: "a",
          content: [{
            type: "image",
            source: { type: "base64", media_type: "image/png", data: "iVBORw0KGgo=" },
          }],
        }],
      },
    ],
  },
  {
    name: "instructions in the middle are the user's words",
    input: [user("hi"), { type: "message", role: "developer", content: "Be brief." }],
    gives: [{ role: "user", content: [text("hi"), text("Be brief.")] }],
  },
  {
    name: "a last word of the assistant ends without blanks",
    input: [user("hi"), said("The answer \n")],
    gives: [
      { role: "user", content: [text("hi")] },
      { role: "assistant", content: [text("The answer")] },
    ],
  },
];

for (const { name, input, gives } of conversations) {
  Deno.test(`anthropic request: ${name}`, () => assert.deepEqual(messages(input), gives));
}

Deno.test("anthropic request: instructions are a field of their own, the answer's format with them", () => {
  const { system } = sent({
    instructions: "Code.",
    input: [{ type: "message", role: "developer", content: "In Go." }, user("hi")],
    text: { format: { type: "json_object" } },
  });
  assert.deepEqual(system, [
    text("Code."),
    text("In Go."),
    text("Answer with one JSON object and nothing else."),
  ]);
});

Deno.test("anthropic request: a limit is always named, and never above the provider's", () => {
  const limit = (asked?: number) =>
    sent({ input: "hi", ...(asked && { max_output_tokens: asked }) }, {
      ...PLAIN,
      maxTokens: 9_000,
    })
      .max_tokens;
  assert.deepEqual([limit(), limit(100), limit(10_000)], [9_000, 100, 9_000]);
});

Deno.test("anthropic request: efforts are tokens of thinking that leave room for the answer", () => {
  const asks = (effort: string, limit?: number) => {
    const { thinking, temperature } = sent({
      input: "hi",
      reasoning: { effort },
      temperature: 0.5,
      ...(limit && { max_output_tokens: limit }),
    });
    return { thinking, temperature };
  };
  const enabled = (budget_tokens: number) => ({
    thinking: { type: "enabled", budget_tokens },
    temperature: undefined,
  });
  assert.deepEqual(asks("low"), enabled(4_096));
  assert.deepEqual(asks("high", 10_000), enabled(8_976));
  assert.deepEqual(asks("none"), { thinking: undefined, temperature: 0.5 });
  assert.deepEqual(asks("high", 1_500), { thinking: undefined, temperature: 0.5 });
  assert.deepEqual(asks("unheard-of"), { thinking: undefined, temperature: 0.5 });
});

Deno.test("anthropic request: a turn that goes on without its signed thinking is asked not to think", () => {
  const reasoning = { effort: "high" };
  const round = [user("go"), call("a"), output("a")];
  const asks = (input: JsonObject[], rules = PLAIN) => sent({ input, reasoning }, rules).thinking;
  assert.equal(asks(round), undefined);
  assert.ok(asks([...round, user("next")]), "a new word of the user begins a new turn");
  assert.ok(asks(round, { ...PLAIN, signed: false }), "who does not sign does not ask for it");
});

const choices: [choice: JsonObject["tool_choice"], effort: string, gives: JsonObject][] = [
  ["auto", "none", { type: "auto" }],
  ["required", "none", { type: "any" }],
  ["required", "high", { type: "auto" }],
  ["none", "high", { type: "none" }],
  [{ type: "function", name: "ls" }, "none", { type: "tool", name: "ls" }],
];

Deno.test("anthropic request: tools have schemas of their own name, and one choice", () => {
  for (const [tool_choice, effort, gives] of choices) {
    const body = sent({
      input: "hi",
      tools: [LS],
      tool_choice: tool_choice as string,
      reasoning: { effort },
    });
    assert.deepEqual(body.tool_choice, gives);
    assert.deepEqual(body.tools, [{
      name: "ls",
      description: "Lists.",
      input_schema: { type: "object", properties: {} },
    }]);
  }
  const one = sent({ input: "hi", tools: [LS], parallel_tool_calls: false });
  assert.deepEqual(one.tool_choice, { type: "auto", disable_parallel_tool_use: true });
  assert.equal(sent({ input: "hi" }).tool_choice, undefined);
});

Deno.test("anthropic request: what stays the same is marked for the cache, and nothing else", () => {
  const body = sent(
    { instructions: "Code.", input: [user("a"), said("b"), user("c"), said("d"), user("e")] },
    GENERIC_ANTHROPIC,
  );
  const marks = JSON.stringify(body).split('"cache_control":{"type":"ephemeral"}').length - 1;
  assert.equal(marks, 3);
  assert.deepEqual(
    (body.messages as JsonObject[]).map((message) =>
      JSON.stringify(message).includes("cache_control")
    ),
    [false, false, true, false, true],
  );
});

Deno.test("anthropic request: without a word of the user there is one all the same", () => {
  for (const input of ["", [], [user("  ")], [{ ...user("Code."), role: "developer" }]]) {
    const { messages } = sent({ input });
    assert.deepEqual((messages as { role: string }[]).map(({ role }) => role), ["user"]);
  }
});

const images: readonly [url: string, source: JsonObject | undefined][] = [
  ["data:image/jpg;base64,AA==", { type: "base64", media_type: "image/jpeg", data: "AA==" }],
  ["data:IMAGE/PNG;base64,AA==", { type: "base64", media_type: "image/png", data: "AA==" }],
  [
    "data:image/webp;charset=utf-8;base64,AA==",
    { type: "base64", media_type: "image/webp", data: "AA==" },
  ],
  ["https://h.example/x.png", { type: "url", url: "https://h.example/x.png" }],
  ["http://h.example/x.png", undefined],
  ["data:image/svg+xml;base64,AA==", undefined],
  ["data:image/png,AA", undefined],
];
for (const [url, source] of images) {
  Deno.test(`anthropic request: the image ${url} ${source ? "goes" : "is left out"}`, () => {
    const content = [{ type: "input_image", image_url: url }];
    const [{ content: [block] }] = messages([{ type: "message", role: "user", content }]) as [
      { content: [JsonObject] },
    ];
    if (source) return assert.deepEqual(block, { type: "image", source });
    assert.match(String(block.text), /left out/);
  });
}

Deno.test("anthropic request: an answer is continued only where nothing is thought", () => {
  const rules = { ...PLAIN, prefill: true };
  assert.equal(takesPrefill({ reasoning: { effort: "high" } }, rules), false);
  assert.equal(takesPrefill({ reasoning: { effort: "none" } }, rules), true);
  assert.equal(takesPrefill({}, PLAIN), false);
  assert.deepEqual((sent({ input: "hi" }, rules, "The answer ").messages as unknown[]).at(-1), {
    role: "assistant",
    content: [text("The answer")],
  });
});
