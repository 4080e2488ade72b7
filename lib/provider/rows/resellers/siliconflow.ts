/**
 * SiliconFlow. Facts: docs/facts/providers.md §12.2.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";

export const siliconflow = provider({
  name: "siliconflow",
  title: "SiliconFlow",
  hosts: ["api.siliconflow.cn", "api.siliconflow.com"],
  catalog: {
    baseUrl: "https://api.siliconflow.cn/v1",
    keyEnv: "SILICONFLOW_API_KEY",
    models: [
      {
        id: "zai-org/GLM-5.2",
        title: "GLM 5.2",
        window: 1_000_000,
        images: false,
        efforts: ["high", "max"],
      },
      {
        id: "Pro/MiniMaxAI/MiniMax-M2.5",
        title: "MiniMax M2.5",
        window: 196_608,
        images: false,
        efforts: [],
      },
    ],
    regions: [
      {
        title: "international",
        baseUrl: "https://api.siliconflow.com/v1",
        models: [
          {
            id: "MiniMaxAI/MiniMax-M3",
            title: "MiniMax M3",
            window: 1_048_576,
            images: true,
            efforts: ["none", "high"],
          },
          {
            id: "zai-org/GLM-5.2",
            title: "GLM 5.2",
            window: 1_000_000,
            images: false,
            efforts: ["high", "max"],
          },
        ],
      },
    ],
  },
  chat: {
    ...GENERIC_CHAT,
    // what switches thinking differs by model, and a field that a model does not know is refused
    efforts: { default: {} },
    models: [
      {
        match: /minimax-m3/i,
        rules: { efforts: { default: {}, none: { enable_thinking: false } } },
      },
      {
        match: /glm-5\.2|deepseek-v4-flash/i,
        rules: {
          images: false,
          efforts: {
            default: {},
            low: { reasoning_effort: "high" },
            medium: { reasoning_effort: "high" },
            high: { reasoning_effort: "high" },
            xhigh: { reasoning_effort: "max" },
            max: { reasoning_effort: "max" },
            ultra: { reasoning_effort: "max" },
          },
        },
      },
      {
        match: /deepseek-(?:v|r)\d|minimax-m2|ling-|ring-|hunyuan|coder/i,
        rules: { images: false },
      },
    ],
  },
});
