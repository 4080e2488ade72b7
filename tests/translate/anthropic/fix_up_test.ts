/** Refusals of a Messages server, and what is different in the next request. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import {
  applyAnthropicFixUp,
  fitAnthropicOutput,
  fixUpAnthropic,
} from "../../../lib/translate/anthropic/fix_up.ts";

const MARK = { cache_control: { type: "ephemeral" } };
const BODY: JsonObject = {
  model: "m",
  max_tokens: 10,
  system: [{ type: "text", text: "Code.", ...MARK }],
  messages: [
    { role: "user", content: [{ type: "text", text: "go", ...MARK }] },
    {
      role: "assistant",
      content: [{ type: "thinking", thinking: "Hm.", signature: "" }, { type: "text", text: "ok" }],
    },
    {
      role: "user",
      content: [{
        type: "tool_result",
        tool_use_id: "a",
        content: [{ type: "image", source: {} }],
      }],
    },
  ],
  tools: [{
    name: "ls",
    input_schema: { type: "object", properties: { a: { $ref: "#/$defs/x" } }, $defs: { x: {} } },
  }],
  tool_choice: { type: "auto" },
  thinking: { type: "enabled", budget_tokens: 2000 },
  temperature: 1,
  stream: true,
};

const rows: { refusal: string; what: string; gone: RegExp }[] = [
  {
    refusal: "messages.0.content.0.text.cache_control: Extra inputs are not permitted",
    what: "cache marks",
    gone: /cache_control/,
  },
  {
    refusal: "messages.1.content.0: Invalid `signature` in `thinking` block",
    what: "thinking",
    gone: /thinking/,
  },
  {
    refusal:
      "messages.5.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`",
    what: "thinking",
    gone: /thinking/,
  },
  { refusal: "This model does not support images", what: "images", gone: /"image"/ },
  { refusal: "tool_choice is not supported", what: "tool_choice", gone: /tool_choice/ },
  { refusal: "Unknown field: `temperature`", what: "field temperature", gone: /temperature/ },
  { refusal: "tools.0: $ref is not supported", what: "references in schemas", gone: /\$ref/ },
];

for (const { refusal, what, gone } of rows) {
  Deno.test(`anthropic fix-up: ${refusal}`, () => {
    const fixed = fixUpAnthropic(refusal, BODY, new Set());
    assert.equal(fixed?.what, what);
    assert.doesNotMatch(JSON.stringify(fixed?.body), gone);
    assert.deepEqual(
      applyAnthropicFixUp(BODY, what),
      fixed?.body,
      "later requests go out so at once",
    );
    assert.equal(fixUpAnthropic(refusal, fixed!.body, new Set([what])), undefined, "once");
    assert.equal(fixUpAnthropic(refusal, fixed!.body, new Set()), undefined, "nothing is left");
    if (what === "references in schemas") return; // they are named anew for the other wire in between
    assert.equal(applyAnthropicFixUp(fixed!.body, what), fixed?.body, "it is the same body");
  });
}

Deno.test("anthropic fix-up: what is needed stays, and other words change nothing", () => {
  for (const refusal of ["Unknown field: `model`", "max_tokens is not supported", "Bad key"]) {
    assert.equal(fixUpAnthropic(refusal, BODY, new Set()), undefined);
  }
});

const CALLED: JsonObject = {
  ...BODY,
  messages: [
    { role: "user", content: [{ type: "text", text: "go" }] },
    { role: "assistant", content: [{ type: "tool_use", id: "a", name: "ls", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "a" }] },
  ],
};
for (
  const refusal of [
    "The `content[].thinking` in the thinking mode must be passed back to the API.",
    "Missing thinking block in the assistant message at message index 11. For more information, see",
    "thinking is enabled but reasoning_content is missing in assistant tool call message at index 5",
  ]
) {
  Deno.test(`anthropic fix-up: ${refusal}`, () => {
    const first = fixUpAnthropic(refusal, CALLED, new Set());
    assert.equal(first?.what, "calls without thinking");
    const [, { content: [thought, call] }] = first.body.messages as [
      unknown,
      { content: unknown[] },
    ];
    assert.deepEqual(thought, { type: "thinking", thinking: " ", signature: "" });
    assert.equal((call as JsonObject).type, "tool_use");
    assert.deepEqual(first.body.thinking, BODY.thinking);
    const second = fixUpAnthropic(refusal, first.body, new Set([first.what]));
    assert.deepEqual(second?.body, { ...CALLED, thinking: { type: "disabled" } });
    assert.deepEqual(
      [first.what, second.what].reduce(applyAnthropicFixUp, CALLED),
      second.body,
      "later requests go out so at once",
    );
  });
}

for (
  const refusal of [
    "Requests which have `tool_use` or `tool_result` blocks in messages must define tools.",
    "The toolConfig field must be defined when using toolUse and toolResult content blocks.",
  ]
) {
  Deno.test(`anthropic fix-up: ${refusal}`, () => {
    const { tools: _, tool_choice: __, ...bare } = CALLED;
    const fixed = fixUpAnthropic(refusal, bare, new Set());
    assert.deepEqual(fixed?.body, {
      ...bare,
      tools: [{ name: "ls", input_schema: { type: "object" } }],
      tool_choice: { type: "none" },
    });
    assert.deepEqual(applyAnthropicFixUp(bare, fixed!.what), fixed?.body);
    assert.equal(applyAnthropicFixUp(CALLED, fixed!.what), CALLED, "who declares tools keeps them");
  });
}

for (
  const [budget, effort] of [[1_024, "low"], [10_240, "medium"], [24_576, "high"], [49_152, "max"]]
) {
  Deno.test(`anthropic fix-up: a budget of ${budget} is the effort ${effort}`, () => {
    const refusal =
      '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.';
    const body = { ...BODY, thinking: { type: "enabled", budget_tokens: budget as number } };
    const fixed = fixUpAnthropic(refusal, body, new Set());
    const want = { ...body, thinking: { type: "adaptive" }, output_config: { effort: effort! } };
    assert.deepEqual(fixed?.body, want);
    assert.deepEqual(applyAnthropicFixUp(body, fixed!.what), want);
    const plain = { ...BODY, thinking: { type: "disabled" } };
    assert.equal(
      applyAnthropicFixUp(plain, fixed!.what),
      plain,
      "who does not think is not asked to",
    );
  });
}

const WINDOWS: readonly [refusal: string, sent: number, max: number | undefined][] = [
  [
    "input length and `max_tokens` exceed context limit: 178959 + 64000 > 200000, decrease input length",
    64_000,
    200_000 - 178_959 - 64,
  ],
  [
    "'max_tokens' or 'max_completion_tokens' is too large: 64000. This model's maximum context length is 32768 tokens and your request has 2000 input tokens (64000 > 32768 - 2000).",
    64_000,
    32_768 - 2_000 - 64,
  ],
  [
    "This model's maximum context length is 32768 tokens. However, you requested 66000 tokens (2000 in the messages, 64000 in the completion).",
    64_000,
    32_768 - 2_000 - 64,
  ],
  [
    "Requested token count exceeds the model's maximum context length of 32768 tokens. You requested a total of 66000 tokens: 2000 tokens from the input messages and 64000 tokens for the completion.",
    64_000,
    32_768 - 2_000 - 64,
  ],
  ["exceed context limit: 199000 + 64000 > 200000", 64_000, undefined],
  ["prompt is too long: 210000 tokens > 200000 maximum", 64_000, undefined],
];
for (const [refusal, sent, max] of WINDOWS) {
  Deno.test(`anthropic fix-up: ${refusal.slice(0, 100)} leaves ${max ?? "no room"}`, () => {
    const fitted = fitAnthropicOutput(refusal, asking(sent, 24_000));
    assert.equal(fitted?.body.max_tokens, max);
    if (!fitted) return;
    const { budget_tokens } = fitted.body.thinking as { budget_tokens: number };
    assert.ok(budget_tokens < Number(max));
  });
}

const asking = (max_tokens: number, budget_tokens: number): JsonObject => ({
  ...BODY,
  max_tokens,
  thinking: { type: "enabled", budget_tokens },
});
const LIMITS: readonly [refusal: string, sent: number, max: number | undefined][] = [
  [
    "max_tokens: 64000 > 32000, which is the maximum allowed number of output tokens for m",
    64_000,
    32_000,
  ],
  ["Range of max_tokens should be [1, 8192]", 64_000, 8_192],
  ["`max_tokens` is too large: the limit is 65,536", 128_000, 65_536],
  ["max_tokens must be at most 16_384 (got 32_000)", 32_000, 16_384],
  [
    "The maximum tokens you requested exceeds the model limit of 32768. Try again with a maximum tokens value that is lower than 32768.",
    64_000,
    32_767,
  ],
  ["max_tokens must be greater than thinking.budget_tokens", 64_000, undefined],
  [
    "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000",
    20_000,
    undefined,
  ],
];
for (const [refusal, sent, max] of LIMITS) {
  Deno.test(`anthropic fix-up: ${refusal}`, () => {
    const fixed = fixUpAnthropic(refusal, asking(sent, 20_000), new Set());
    if (max === undefined) return assert.ok(!fixed?.what.startsWith("max_tokens"));
    assert.equal(fixed?.what, `max_tokens beyond ${max}`);
    const { max_tokens, thinking } = fixed.body;
    assert.equal(max_tokens, max);
    const { budget_tokens } = thinking as JsonObject;
    assert.equal(budget_tokens, Math.min(20_000, max - 1_024));
    assert.deepEqual(applyAnthropicFixUp(asking(sent, 20_000), fixed.what), fixed.body);
    const small = asking(500, 400);
    assert.equal(applyAnthropicFixUp(small, fixed.what), small);
  });
}
