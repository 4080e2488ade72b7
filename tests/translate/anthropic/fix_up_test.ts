/** Refusals of a Messages server, and what is different in the next request. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { applyAnthropicFixUp, fixUpAnthropic } from "../../../lib/translate/anthropic/fix_up.ts";

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
