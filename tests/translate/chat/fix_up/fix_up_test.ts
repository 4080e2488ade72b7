import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../../lib/base/json.ts";
import { GENERIC_CHAT } from "../../../../lib/provider/chat_rules.ts";
import { fixUp } from "../../../../lib/translate/chat/fix_up/fix_up.ts";

const body = (more: JsonObject = {}, ...messages: Json[]): JsonObject => ({
  model: "m",
  messages,
  stream: true,
  ...more,
});
const assistant = (more: JsonObject = {}): JsonObject => ({
  role: "assistant",
  content: "",
  tool_calls: [],
  ...more,
});
const tool = { type: "function", function: { name: "f", parameters: {}, strict: true } };
const plainTool = { type: "function", function: { name: "f", parameters: {} } };
const IMAGE = { type: "image_url", image_url: { url: "data:x" } };
const NO_IMAGE = "[An image stood here. It was left out: this model reads text only.]";

const cases: { says: string; sent: JsonObject; what?: string; again?: JsonObject }[] = [
  {
    says:
      "Param Incorrect: The reasoning_content in the thinking mode must be passed back to the API.",
    sent: body({}, assistant(), assistant({ reasoning_content: "hm" })),
    what: "reasoning_content",
    again: body(
      {},
      assistant({ reasoning_content: " " }),
      assistant({ reasoning_content: "hm" }),
    ),
  },
  {
    says: "Missing `reasoning_content` field in the assistant message at message index 2",
    sent: body({}, assistant({ reasoning: "hm" })),
    what: "reasoning_content",
    again: body({}, assistant({ reasoning: "hm", reasoning_content: "hm" })),
  },
  {
    says: "Param Incorrect: `text` is not set",
    sent: body({}, assistant(), { role: "user", content: [{ type: "text", text: "" }, IMAGE] }),
    what: "empty text",
    again: body({}, assistant({ content: " " }), {
      role: "user",
      content: [{ type: "text", text: " " }, IMAGE],
    }),
  },
  {
    says: "No endpoints found that support image input",
    sent: body({}, { role: "user", content: [{ type: "text", text: "look" }, IMAGE] }),
    what: "images",
    again: body({}, { role: "user", content: `look\n${NO_IMAGE}` }),
  },
  {
    says: "this model does not support image_url content",
    sent: body({}, { role: "user", content: [IMAGE] }),
    what: "images",
    again: body({}, { role: "user", content: NO_IMAGE }),
  },
  {
    says: "System message must be at the beginning.",
    sent: body({}, { role: "system", content: "a" }, { role: "system", content: "b" }),
    what: "system messages",
    again: body({}, { role: "system", content: "a" }, { role: "user", content: "b" }),
  },
  {
    says: "messages[0].role: unknown variant `developer`, expected one of `system`, `user`",
    sent: body({}, { role: "developer", content: "a" }),
    what: "developer role",
    again: body({}, { role: "system", content: "a" }),
  },
  {
    says: "Unsupported parameter: 'reasoning_effort' is not supported with this model.",
    sent: body({ reasoning_effort: "low" }),
    what: "field reasoning_effort",
    again: body(),
  },
  {
    says: "Unrecognized request argument supplied: stream_options",
    sent: body({ stream_options: { include_usage: true } }),
    what: "field stream_options",
    again: body(),
  },
  {
    says: "body.parallel_tool_calls: Extra inputs are not permitted",
    sent: body({ parallel_tool_calls: true }),
    what: "field parallel_tool_calls",
    again: body(),
  },
  {
    says: "Invalid value (param tool_choice)",
    sent: body({ tool_choice: "auto" }),
    what: "field tool_choice",
    again: body(),
  },
  {
    says: "deepthink does not support this tool_choice",
    sent: body({ tool_choice: "auto" }),
    what: "field tool_choice",
    again: body(),
  },
  {
    says: "property 'messages.2.reasoning_content' is unsupported",
    sent: body({}, assistant({ reasoning_content: "hm" })),
    what: "field reasoning_content",
    again: body({}, assistant()),
  },
  {
    says: "Unknown parameter: 'tools[0].function.strict'.",
    sent: body({ tools: [tool] }),
    what: "field strict",
    again: body({ tools: [plainTool] }),
  },
  {
    says:
      "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    sent: body({ max_tokens: 5 }),
    what: "field max_tokens",
    again: body({ max_completion_tokens: 5 }),
  },
  { says: "Unsupported parameter: 'messages'", sent: body({ a: 1 }) },
  { says: "Unknown parameter: 'top_k'", sent: body({ top_p: 1 }) },
  { says: "The model is overloaded", sent: body({ model: "overloaded" }) },
  { says: "Invalid API key", sent: body({ key: 1 }, assistant()) },
  { says: "Image too large", sent: body({}, { role: "user", content: [IMAGE] }) },
  {
    says: "reasoning_content must be passed back",
    sent: body({}, assistant({ reasoning_content: "hm" })),
  },
];

for (const { says, sent, what, again } of cases) {
  Deno.test(`fix up: "${says}" -> ${what ?? "nothing to fix up"}`, () => {
    const before = structuredClone(sent);
    const fixed = fixUp(GENERIC_CHAT, says, sent, new Set());
    assert.deepEqual(fixed, what === undefined ? undefined : { what, body: again });
    assert.deepEqual(sent, before);
    if (what === undefined) return;
    assert.equal(fixUp(GENERIC_CHAT, says, sent, new Set([what])), undefined, "once only");
  });
}
