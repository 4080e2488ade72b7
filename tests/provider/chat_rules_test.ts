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
    reasoning_effort: "high",
    tool_stream: true,
    max_tokens: 131_072,
  }],
  ["glm", "glm-5.3-flash", "none", {
    model: "glm-5.3-flash",
    thinking: { type: "enabled", clear_thinking: false },
    reasoning_effort: "low",
    tool_stream: true,
    max_tokens: 131_072,
  }],
  ["glm", "glm-5.2", "none", {
    model: "glm-5.2",
    ...OFF,
    tool_stream: true,
    max_tokens: 131_072,
  }],
  ["kimi", "k3", "xhigh", {
    model: "k3",
    reasoning_effort: "max",
    max_completion_tokens: 131_072,
  }],
  ["kimi", "kimi-for-coding", "medium", { model: "kimi-for-coding", reasoning_effort: "high" }],
  ["qwen", "qwen3.8-flash", "low", {
    model: "qwen3.8-flash",
    enable_thinking: true,
    reasoning_effort: "low",
  }],
  ["tencent", "hy3", "medium", { model: "hy3", ...ON, reasoning_effort: "high" }],
  ["stepfun", "step-3.7-flash", "max", { model: "step-3.7-flash", reasoning_effort: "high" }],
  ["stepfun", "step-3.5-flash-2603", "medium", {
    model: "step-3.5-flash-2603",
    reasoning_effort: "high",
  }],
  ["stepfun", "step-3.5-flash", "high", { model: "step-3.5-flash" }],
  ["qianfan", "deepseek-v4-pro", "max", {
    model: "deepseek-v4-pro",
    ...ON,
    reasoning_effort: "max",
  }],
  ["bailing", "Ring-2.6-1T", "xhigh", {
    model: "Ring-2.6-1T",
    reasoning: { effort: "xhigh" },
    max_tokens: 65_536,
  }],
  ["bailing", "Ling-2.6-1T", "high", { model: "Ling-2.6-1T", max_tokens: 65_536 }],
  ["siliconflow", "MiniMaxAI/MiniMax-M3", "none", {
    model: "MiniMaxAI/MiniMax-M3",
    enable_thinking: false,
  }],
  ["modelscope", "ZhipuAI/GLM-5.2", "none", { model: "ZhipuAI/GLM-5.2", enable_thinking: false }],
  ["nvidia", "moonshotai/kimi-k2.6", "high", { model: "moonshotai/kimi-k2.6" }],
  ["opencode", "glm-5.2", "xhigh", { model: "glm-5.2", reasoning_effort: "max" }],
  ["opencode", "kimi-k2.7-code", "high", { model: "kimi-k2.7-code" }],
  ["ollama", "qwen3-coder:30b", "xhigh", { model: "qwen3-coder:30b", reasoning_effort: "high" }],
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
