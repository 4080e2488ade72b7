/**
 * NVIDIA NIM. Facts: docs/facts/providers.md §12.6.
 *
 * @module
 */

import { GENERIC_CHAT, MISTRAL_MODELS } from "../../chat_rules.ts";
import { FUNCTIONS_ONLY, provider } from "../../defaults.ts";

export const nvidia = provider({
  name: "nvidia",
  title: "NVIDIA NIM",
  hosts: ["integrate.api.nvidia.com"],
  catalog: {
    baseUrl: "https://integrate.api.nvidia.com/v1",
    keyEnv: "NVIDIA_API_KEY",
    models: [
      {
        id: "minimaxai/minimax-m3",
        title: "MiniMax M3",
        window: 1_000_000,
        images: true,
        efforts: [],
      },
      {
        id: "nvidia/nemotron-3-ultra-550b-a55b",
        title: "Nemotron 3 Ultra",
        window: 1_000_000,
        images: false,
        efforts: [],
      },
      { id: "z-ai/glm-5.1", title: "GLM 5.1", window: 131_072, images: false, efforts: [] },
    ],
  },
  keys: [
    {
      prefix: "nvapi-",
      hosts: ["integrate.api.nvidia.com"],
      hint: "Keys that begin with nvapi- are NVIDIA's and work on integrate.api.nvidia.com only",
    },
  ],
  responses: { ...FUNCTIONS_ONLY, drop: [...FUNCTIONS_ONLY.drop, "parallel_tool_calls"] },
  chat: {
    ...GENERIC_CHAT,
    // Each model has a request schema of its own; `parallel_tool_calls: true` is a 400 on Kimi models, so it is never sent.
    efforts: { default: {} },
    models: [
      {
        match:
          /nemotron-(?!.*omni)|glm-\d+(?:\.\d+)?(?!v)\b|deepseek-(?:v|r)\d|minimax-m2|coder|gpt-oss/i,
        rules: { images: false },
      },
      MISTRAL_MODELS,
    ],
  },
});
