import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import type { Json } from "../../../lib/base/json.ts";
import { MAX_LISTED, mayConverse, readModelList } from "../../../lib/provider/catalog/listed.ts";

const forms: [what: string, json: Json, models: object[] | undefined][] = [
  ["OpenAI's", { object: "list", data: [{ id: "a", created: 5 }, { id: "b" }] }, [
    { id: "a", created: 5 },
    { id: "b" },
  ]],
  ["OpenRouter's", {
    data: [{
      id: "v/a",
      name: "V: A",
      created: 1_700_000_000,
      context_length: 1000,
      architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
    }, { id: "v/picture", architecture: { output_modalities: ["image"] } }],
  }, [{ id: "v/a", title: "V: A", window: 1000, images: true, created: 1_700_000_000 }]],
  ["Moonshot's", {
    data: [{ id: "k3", display_name: "K3", supports_image_in: true, context_length: 1_048_576 }],
  }, [{ id: "k3", title: "K3", window: 1_048_576, images: true }]],
  ["vLLM's", { data: [{ id: "m", max_model_len: 32_768 }] }, [{ id: "m", window: 32_768 }]],
  ["Groq's", { data: [{ id: "m", context_window: 131_072 }] }, [{ id: "m", window: 131_072 }]],
  ["Mistral's", {
    data: [{ id: "m", max_context_length: 9, capabilities: { vision: false } }],
  }, [{ id: "m", window: 9, images: false }]],
  ["llama.cpp's, with a second list", {
    models: [{ name: "m.gguf", model: "m.gguf" }],
    data: [{ id: "m.gguf", meta: { n_ctx_train: 4096 } }],
  }, [{ id: "m.gguf", window: 4096 }]],
  ["Gemini's", { models: [{ name: "models/g-3", inputTokenLimit: 7 }] }, [{
    id: "g-3",
    window: 7,
  }]],
  ["Codex's own", {
    models: [{
      slug: "glm-5.3",
      display_name: "GLM-5.3",
      context_window: 1_000_000,
      input_modalities: ["text"],
      supported_reasoning_levels: [{ effort: "max" }, { effort: "low" }, { effort: "odd" }],
    }],
  }, [{
    id: "glm-5.3",
    title: "GLM-5.3",
    window: 1_000_000,
    images: false,
    efforts: ["low", "max"],
  }]],
  ["a bare list", [{ id: "a" }, "b"], [{ id: "a" }, { id: "b" }]],
  ["a list inside data", { data: { models: [{ id: "a" }] } }, [{ id: "a" }]],
  ["a creation date as text", { data: [{ id: "a", created: "2026-09-22T00:00:00Z" }] }, [
    { id: "a", created: 1_790_035_200 },
  ]],
  ["a creation date in milliseconds", { data: [{ id: "a", created: 1_790_035_200_000 }] }, [
    { id: "a", created: 1_790_035_200 },
  ]],
  ["the same id twice", { data: [{ id: "a", context_length: 1 }, { id: "a" }] }, [
    { id: "a", window: 1 },
  ]],
  ["entries that are none", { data: [null, 5, {}, { id: "" }, { id: 7 }, { id: "a\u0000b" }] }, []],
  ["an empty list", { data: [] }, []],
  ["an error", { error: { message: "no" } }, undefined],
  ["a text", "no", undefined],
];
for (const [what, json, models] of forms) {
  Deno.test(`model list: ${what}`, () => assert.deepEqual(readModelList(json), models));
}

const others =
  "text-embedding-3 bge-m3 qwen-image-edit mimo-v2.5-tts mimo-v2.6-asr whisper-large-v3 " +
  "qwen3-asr-flash cogview-4 cogvideox-3 wan2.5-t2v omni-moderation-latest llama-guard-4-12b qwen-mt-plus " +
  "Qwen3-Reranker-8B PaddleOCR-VL dall-e-3 doubao-seedream-4 gpt-realtime flux_1-schnell nv-embed-v1";
const talkers =
  "mimo-v2.6-pro deepseek-flash kimi-k3 glm-5.3-flash qwen3.8-max MiniMax-M3 gpt-oss-120b hy3 " +
  "step-3.7-flash Ring-2.6-1T nemotron-3-ultra-550b-a55b qwen3-vl-plus ark-code-latest kimi-for-coding claude-opus-5 " +
  "doubao-seed-2-1-pro-260628 gemini-3.1-pro llama3.3:70b qwen3-coder:30b mistral-medium-3 grok-code devstral-2:123b";
for (const id of others.split(" ")) {
  Deno.test(`model list: ${id} holds no conversation`, () => assert.equal(mayConverse(id), false));
}
for (const id of talkers.split(" ")) {
  Deno.test(`model list: ${id} may hold a conversation`, () => assert.equal(mayConverse(id), true));
}

Deno.test("model list: a long one is cut, a hostile one is read without a fault", () => {
  const many = Array.from({ length: MAX_LISTED * 3 }, (_, at) => ({ id: `m-${at}` }));
  assert.equal(readModelList({ data: many })?.length, MAX_LISTED);
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    readModelList(value as Json);
    readModelList({ data: [value] as Json });
    readModelList({ models: [{ id: "m", meta: value, capabilities: value }] as Json });
  }));
});
