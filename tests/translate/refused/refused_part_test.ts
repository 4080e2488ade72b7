import assert from "node:assert/strict";
import type { Json, JsonObject } from "../../../lib/base/json.ts";
import { adapted } from "../../../lib/translate/refused/adaptations.ts";
import { withoutNulls } from "../../../lib/translate/request/nulls.ts";
import { refusedPart } from "../../../lib/translate/refused/refused_part.ts";

const fn = { type: "function", name: "shell", parameters: { type: "object", properties: {} } };
const custom = { type: "custom", name: "apply_patch", description: "Patch." };
const space = { type: "namespace", name: "mcp__probe", tools: [{ type: "function", name: "go" }] };
const TOOLS = [fn, custom, space, { type: "web_search" }];
const user = (...content: Json[]): JsonObject => ({ type: "message", role: "user", content });
const HI = user({ type: "input_text", text: "hi" });
const IMAGE = { type: "input_image", image_url: "data:image/png;base64,AA" };
const call = { type: "function_call", call_id: "c1", name: "shell", arguments: "{}" };
const output = (value: Json) => ({ type: "function_call_output", call_id: "c1", output: value });
const body = (more: JsonObject = {}, ...items: Json[]): JsonObject => ({
  model: "m",
  instructions: "Be good.",
  input: [HI, ...items],
  stream: true,
  ...more,
});
const sealedItem = { type: "reasoning", id: "rs_1", summary: [], encrypted_content: "gAAAA" };

/** What servers wrote; where no source stands, the form is that of the server above it. */
const cases: { says: string; sent: JsonObject; what?: string }[] = [
  // llama.cpp
  {
    says: "'type' of tool must be 'function'",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  { says: "unsupported tool type: custom", sent: body({ tools: TOOLS }), what: "function tools" },
  // a server that stores nothing
  {
    says: "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.",
    sent: body({}, { type: "reasoning", id: "rs_1", summary: [], content: [] }),
    what: "unsealed reasoning",
  },
  {
    says: "Item 'rs_1' of type 'reasoning' was provided without its required following item",
    sent: body({}, HI),
  },
  // llama.cpp of Debian sid, 2026-11-25
  {
    says: "Cannot determine type of 'item'",
    sent: body({ tools: [fn] }, { type: "agent_message", content: [] }),
    what: "item agent_message",
  },
  {
    says: "Cannot determine type of 'item'",
    sent: body({ tools: TOOLS }, sealedItem, { type: "custom_tool_call", call_id: "c", input: "" }),
    what: "function tools",
  },
  {
    says: "item['content'] is not an array",
    sent: body({ tools: [fn] }, sealedItem),
    what: "reasoning without text",
  },
  {
    says: "image input is not supported - hint: you may need to provide the mmproj",
    sent: body({}, user(IMAGE)),
    what: "images",
  },
  // Ollama (ollama#18286)
  {
    says: 'input[1]: unknown input item type: "agent_message"',
    sent: body({ tools: [fn] }, { type: "agent_message", content: [] }),
    what: "item agent_message",
  },
  // LM Studio (lmstudio-bug-tracker#2200, #1810)
  {
    says: "Invalid type for 'input'. (param input) invalid_union",
    sent: body({ tools: [fn] }, call, output([IMAGE])),
    what: "images in tool outputs",
  },
  {
    says: "Invalid type for 'input'. (param input)",
    sent: body({ tools: [fn] }, { type: "agent_message", content: [] }),
    what: "item agent_message",
  },
  {
    says: "Invalid type for 'input'. (param input)",
    sent: body({ tools: [fn] }, { type: "custom_tool_call", call_id: "c", name: "x", input: "" }),
    what: "function tools",
  },
  { says: "Invalid type for 'input'.", sent: body({ tools: [fn] }, HI) },
  { says: "Invalid (param tools.2.type)", sent: body({ tools: TOOLS }), what: "function tools" },
  // pydantic: vLLM, SGLang
  {
    says: "Input should be 'function' (param body.tools.1.type)",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  {
    says: "tools.7.type: unknown value",
    sent: body({ tools: [fn, fn, fn, fn, fn, fn, fn, custom] }),
    what: "function tools",
  },
  {
    says: "Invalid type for 'tools[2]': expected a function tool",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  {
    says: "Invalid value: 'namespace'. Supported values are: 'function' (param tools[2].type)",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  {
    says: "tool type 'web_search' is not supported",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  {
    says: "Only function tools are supported by this endpoint",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  // serde: xAI
  {
    says:
      "Failed to deserialize the JSON body into the target type: tools[1]: unknown variant `custom`, expected `function`",
    sent: body({ tools: TOOLS }),
    what: "function tools",
  },
  { says: "'type' of tool must be 'function'", sent: body({ tools: [fn] }) },
  // items
  {
    says: "cannot unmarshal unknown input type: additional_tools",
    sent: body({}, { type: "additional_tools", tools: [custom] }),
    what: "function tools",
  },
  {
    says: "unknown input item type: custom_tool_call",
    sent: body({}, { type: "custom_tool_call", call_id: "c", name: "apply_patch", input: "x" }),
    what: "function tools",
  },
  {
    says: "Unknown parameter: 'input[1].namespace'.",
    sent: body({}, { ...call, namespace: "mcp__probe" }),
    what: "function tools",
  },
  {
    says: "unknown input item type: compaction",
    sent: body({}, { type: "compaction", encrypted_content: "x" }),
    what: "item compaction",
  },
  {
    says: "Invalid value: 'agent_message' (param input[1])",
    sent: body({}, {
      type: "agent_message",
      author: "a",
      recipient: "b",
      content: [{ text: "t" }],
    }),
    what: "item agent_message",
  },
  {
    says: "input.1: Input tag does not match any of the expected tags",
    sent: body({}, { type: "local_shell_call", call_id: "c", action: { command: ["ls"] } }),
    what: "item local_shell_call",
  },
  {
    says: "unsupported item type 'local_shell_call_output'",
    sent: body({}, { type: "local_shell_call_output", call_id: "c", output: "x" }),
    what: "item local_shell_call",
  },
  {
    says: "unknown input item type: reasoning",
    sent: body({}, sealedItem),
    what: "item reasoning",
  },
  {
    says: "unknown input item type: 'reasoning'",
    sent: body({}, sealedItem),
    what: "item reasoning",
  },
  // images
  {
    says: "input[2].output: expected a string",
    sent: body({}, call, output([IMAGE])),
    what: "images in tool outputs",
  },
  {
    says: "function_call_output.output must be a string, got array",
    sent: body({}, call, output([{ type: "input_text", text: "a" }])),
    what: "images in tool outputs",
  },
  {
    says: "this model does not support image input",
    sent: body({ input: [user(IMAGE)] }),
    what: "images",
  },
  {
    says: "unknown content type 'input_image'",
    sent: body({ input: [user(IMAGE)] }),
    what: "images",
  },
  // roles
  {
    says: "Error rendering prompt with jinja template: System message must be at the beginning.",
    sent: body({}, { type: "message", role: "developer", content: "late" }),
    what: "system messages",
  },
  {
    says: "unknown variant `developer`, expected one of `system`, `user`, `assistant`",
    sent: body({}, { type: "message", role: "developer", content: "late" }),
    what: "developer role",
  },
  // fields
  {
    says: "Model grok-build does not support parameter reasoningEffort.",
    sent: body({ reasoning: { effort: "high", summary: "auto" } }),
    what: "field reasoning.effort",
  },
  {
    says: "Unsupported value: 'reasoning.effort' does not support 'minimal' with this model.",
    sent: body({ reasoning: { effort: "minimal" } }),
    what: "field reasoning.effort",
  },
  {
    says: "unknown variant `xhigh`, expected one of `low`, `medium`, `high`",
    sent: body({ reasoning: { effort: "xhigh" } }),
    what: "field reasoning.effort",
  },
  {
    says: "Unsupported parameter: 'reasoning.summary'",
    sent: body({ reasoning: { summary: "auto" } }),
    what: "field reasoning.summary",
  },
  {
    says: 'json: unknown field "prompt_cache_key"',
    sent: body({ prompt_cache_key: "k" }),
    what: "field prompt_cache_key",
  },
  {
    says: "Unsupported parameter(s): `service_tier`",
    sent: body({ service_tier: "flex" }),
    what: "field service_tier",
  },
  {
    says: "Extra inputs are not permitted (param body.service_tier)",
    sent: body({ service_tier: "flex" }),
    what: "field service_tier",
  },
  {
    says: "text.verbosity is not supported",
    sent: body({ text: { verbosity: "low" } }),
    what: "field text.verbosity",
  },
  {
    says: "Unknown parameter: 'verbosity'",
    sent: body({ text: { verbosity: "low", format: { type: "text" } } }),
    what: "field text.verbosity",
  },
  {
    says: "Argument not supported on this model: parallel_tool_calls",
    sent: body({ parallel_tool_calls: true }),
    what: "field parallel_tool_calls",
  },
  {
    says: "Unknown parameter: 'client_metadata.x'",
    sent: body({ client_metadata: { x: 1 } }),
    what: "field client_metadata",
  },
  {
    says: "Unsupported value: 'reasoning.encrypted_content'",
    sent: body({ include: ["reasoning.encrypted_content"], reasoning: {} }),
    what: "field include",
  },
  {
    says: "Unknown parameter: 'input[1].status'.",
    sent: body({}, { ...call, status: "completed" }),
    what: "field input[].status",
  },
  {
    says: "Unknown parameter: 'tools[0].strict'",
    sent: body({ tools: [{ ...fn, strict: false }] }),
    what: "field tools[].strict",
  },
  // seals
  {
    says: "The encrypted content gAAA... could not be verified. (code invalid_encrypted_content)",
    sent: body({}, sealedItem),
    what: "sealed reasoning",
  },
  {
    says: "Could not decode the compaction blob (code invalid-argument)",
    sent: body({}, sealedItem),
    what: "sealed reasoning",
  },
  // about nothing that is there, or that may go
  { says: "Unsupported parameter: 'input'", sent: body() },
  { says: "Unsupported parameter: 'model'", sent: body() },
  { says: "Unknown parameter: 'top_k'", sent: body({ top_p: 1 }) },
  { says: "This model does not support reasoning on that input", sent: body({}, sealedItem) },
  { says: "Model not found", sent: body({ tools: TOOLS }) },
  { says: "The custom model is not supported in your region", sent: body({ tools: [fn] }) },
  { says: "Internal server error", sent: body({ tools: TOOLS, reasoning: { effort: "high" } }) },
  { says: "Invalid API key", sent: body({ tools: TOOLS, prompt_cache_key: "k" }) },
];

for (const { says, sent, what } of cases) {
  Deno.test(`refused part: "${says}" -> ${what ?? "nothing"}`, () => {
    const before = structuredClone(sent);
    const found = refusedPart(says, sent, new Set());
    assert.equal(found?.what, what);
    if (!found) return;
    const again = adapted(sent, [found.what]);
    assert.notDeepEqual(again, before);
    assert.deepEqual(sent, before);
    assert.deepEqual(adapted(again, [found.what]), again, "applied twice is applied once");
    assert.notEqual(refusedPart(says, again, new Set([found.what]))?.what, what);
  });
}

const results: { what: string; sent: JsonObject; again: JsonObject }[] = [
  {
    what: "images in tool outputs",
    sent: body({}, call, output([{ type: "input_text", text: "a" }, IMAGE]), output([IMAGE]), HI),
    again: body(
      {},
      call,
      output("a"),
      output("(see the image below)"),
      user({ type: "input_text", text: "Images returned by the tools:" }, IMAGE, IMAGE),
      HI,
    ),
  },
  {
    what: "field reasoning.effort",
    sent: body({ reasoning: { effort: "high", summary: "auto" } }),
    again: body({ reasoning: { summary: "auto" } }),
  },
  { what: "field reasoning.effort", sent: body({ reasoning: { effort: "high" } }), again: body() },
  {
    what: "system messages",
    sent: body({
      input: [
        { type: "message", role: "developer", content: [{ type: "input_text", text: "One." }] },
        HI,
        { type: "message", role: "developer", content: "Two." },
      ],
    }),
    again: body({
      instructions: "Be good.\n\nOne.",
      input: [HI, { type: "message", role: "user", content: "Two." }],
    }),
  },
  {
    what: "item local_shell_call",
    sent: body({}, { type: "local_shell_call", call_id: "c", action: { command: ["ls"] } }, {
      type: "local_shell_call_output",
      call_id: "c",
      output: "x",
    }),
    again: body(
      {},
      { type: "function_call", call_id: "c", name: "local_shell", arguments: '{"command":["ls"]}' },
      { type: "function_call_output", call_id: "c", output: "x" },
    ),
  },
];
for (const [at, { what, sent, again }] of results.entries()) {
  Deno.test(`adaptations: ${what} (${at})`, () => assert.deepEqual(adapted(sent, [what]), again));
}

Deno.test("nulls: those of the request, its items, reasoning and text go; a schema keeps its own", () => {
  const schema = { type: "object", properties: { a: { enum: [null, 1], default: null } } };
  assert.deepEqual(
    withoutNulls({
      service_tier: null,
      reasoning: { effort: null, summary: "auto" },
      text: { verbosity: null, format: { schema } },
      tools: [{ ...fn, parameters: schema }],
      input: [
        { type: "reasoning", content: null, summary: [] },
        { ...call, namespace: null },
        null,
      ],
    }),
    {
      reasoning: { summary: "auto" },
      text: { format: { schema } },
      tools: [{ ...fn, parameters: schema }],
      input: [{ type: "reasoning", summary: [] }, call, null],
    },
  );
  const plain = body({ tools: TOOLS });
  assert.equal(withoutNulls(plain), plain);
});

Deno.test("refused part: no words are slow to read", () => {
  const sent = body({ tools: TOOLS, reasoning: { effort: "high" } }, call, output([IMAGE]));
  for (
    const piece of ["tools[", "only function ", "'type' ", "input.1", "a_a.", "not ", "`'\"", "<"]
  ) {
    refusedPart(piece.repeat(1 << 17), sent, new Set());
  }
});
