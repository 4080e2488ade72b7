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
  });
}

Deno.test("anthropic fix-up: what is needed stays, and other words change nothing", () => {
  for (const refusal of ["Unknown field: `model`", "max_tokens is not supported", "Bad key"]) {
    assert.equal(fixUpAnthropic(refusal, BODY, new Set()), undefined);
  }
});
