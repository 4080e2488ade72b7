import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../lib/base/json.ts";
import { chatRulesFor, FINISH } from "../../lib/provider/chat_rules.ts";
import { profileNamed, PROFILES } from "../../lib/provider/profiles.ts";
import { toChat } from "../../lib/translate/chat/request.ts";

const IMAGE = {
  type: "message",
  role: "user",
  content: [{ type: "input_image", image_url: "data:x" }],
};

/** What a request with this effort is sent with, besides messages and streaming. */
function sent(name: string, model: string, effort?: string): JsonObject {
  const profile = profileNamed(name);
  assert.ok(profile);
  const request = { input: "hi", ...(effort === undefined ? {} : { reasoning: { effort } }) };
  const { messages: _, stream: __, stream_options: ___, ...rest } =
    toChat(request, profile.chat, { model }).body;
  return rest;
}

const ON = { thinking: { type: "enabled" } };
const OFF = { thinking: { type: "disabled" } };
const MIMO = { model: "mimo-v2.5-pro", max_completion_tokens: 131_072 };
const cases: [name: string, model: string, effort: string | undefined, body: JsonObject][] = [
  ["mimo", "mimo-v2.5-pro", undefined, { ...MIMO, ...ON }],
  ["mimo", "mimo-v2.5-pro", "none", { ...MIMO, ...OFF }],
  ["mimo", "mimo-v2.5-pro", "medium", { ...MIMO, ...ON, reasoning_effort: "medium" }],
  ["mimo", "mimo-v2.5-pro", "xhigh", { ...MIMO, ...ON, reasoning_effort: "high" }],
  ["deepseek", "deepseek-v4-pro", "medium", {
    model: "deepseek-v4-pro",
    ...ON,
    reasoning_effort: "high",
    max_tokens: 384_000,
  }],
  ["kimi", "kimi-k3", "none", {
    model: "kimi-k3",
    reasoning_effort: "low",
    max_completion_tokens: 131_072,
  }],
  ["kimi", "kimi-k2.7-code", "none", { model: "kimi-k2.7-code" }],
  ["kimi", "kimi-k2.6", "none", { model: "kimi-k2.6", ...OFF }],
  ["glm", "glm-5.3[1m]", "high", {
    model: "glm-5.3",
    thinking: { type: "enabled", clear_thinking: false },
    tool_stream: true,
    max_tokens: 131_072,
  }],
  ["qwen", "qwen3.8-max", "high", {
    model: "qwen3.8-max",
    enable_thinking: true,
    reasoning_effort: "xhigh",
  }],
  ["minimax", "MiniMax-M2.7", "none", { model: "MiniMax-M2.7", reasoning_split: true }],
  ["minimax", "MiniMax-M3", "none", { model: "MiniMax-M3", reasoning_split: true, ...OFF }],
  ["ark", "ark-code-latest", undefined, {
    model: "ark-code-latest",
    ...ON,
    max_tokens: 32_768,
  }],
  ["openrouter", "z-ai/glm-5.3", "max", { model: "z-ai/glm-5.3", reasoning: { effort: "xhigh" } }],
  ["openai", "gpt-5.5", "minimal", { model: "gpt-5.5", reasoning_effort: "minimal" }],
  ["generic", "m", "ultra", { model: "m", reasoning_effort: "high" }],
];

for (const [name, model, effort, body] of cases) {
  Deno.test(`chat_rules: ${name} ${model} with effort ${effort ?? "unset"}`, () => {
    assert.deepEqual(sent(name, model, effort), body);
  });
}

const seeing: [name: string, model: string, images: boolean][] = [
  ["mimo", "mimo-v2.5-pro", false],
  ["mimo", "xiaomi/MiMo-V2.5-Pro", false],
  ["mimo", "mimo-v2.5-pro-ultraspeed", false],
  ["mimo", "mimo-v2.5", true],
  ["mimo", "mimo-v2.6-pro", true],
  ["deepseek", "deepseek-v4-pro", false],
  ["deepseek", "deepseek-v4-flash-vision-exp", true],
  ["kimi", "kimi-k2.5", true],
  ["kimi", "kimi-k2-0905", false],
  ["glm", "glm-5.3", false],
  ["glm", "glm-4.6v", true],
  ["qwen", "qwen3-coder-plus", false],
  ["qwen", "qwen3-vl-plus", true],
  ["minimax", "MiniMax-M2.7", false],
  ["openrouter", "xiaomi/mimo-v2.5-pro", false],
  ["generic", "anything", true],
];

for (const [name, model, images] of seeing) {
  Deno.test(`chat_rules: ${name} ${model} ${images ? "sees" : "does not see"} images`, () => {
    const profile = profileNamed(name);
    assert.ok(profile);
    const { body } = toChat({ input: [IMAGE] }, profile.chat, { model });
    assert.equal(JSON.stringify(body.messages).includes('"image_url"'), images);
  });
}

Deno.test("chat_rules: every profile is whole", () => {
  for (const { name, chat } of PROFILES) {
    for (const model of ["", ...chat.models.map(({ match }) => match.source)]) {
      const rules = chatRulesFor(chat, model);
      assert.ok(isObject(rules.efforts.default), `${name}: efforts.default`);
      assert.equal(rules.finish["*"], "completed", `${name}: finish`);
      assert.deepEqual(Object.keys(FINISH).filter((key) => !(key in rules.finish)), [], name);
      assert.ok(rules.emptyContent !== null, name);
    }
  }
});
