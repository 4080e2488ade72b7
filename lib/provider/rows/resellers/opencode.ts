/**
 * OpenCode Zen and its plan Go. Facts: docs/facts/providers.md §12.7.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import type { RowModel } from "../../profile.ts";

const MODELS: readonly RowModel[] = [
  {
    id: "glm-5.2",
    title: "GLM 5.2",
    window: 204_800,
    images: false,
    efforts: ["high", "max"],
  },
  {
    id: "kimi-k2.7-code",
    title: "Kimi K2.7 Code",
    window: 262_144,
    images: true,
    efforts: [],
  },
  {
    id: "deepseek-v4-flash",
    title: "DeepSeek V4 Flash",
    window: 1_048_576,
    images: false,
    efforts: ["low", "high", "max"],
  },
];

export const opencode = provider({
  name: "opencode",
  title: "OpenCode",
  hosts: ["opencode.ai"],
  openaiModels: "some",
  catalog: {
    baseUrl: "https://opencode.ai/zen/go/v1",
    keyEnv: "OPENCODE_API_KEY",
    models: MODELS,
    regions: [{ title: "Zen, pay as you go", baseUrl: "https://opencode.ai/zen/v1" }],
  },
  chat: {
    ...GENERIC_CHAT,
    efforts: {
      default: {},
      low: { reasoning_effort: "low" },
      medium: { reasoning_effort: "high" },
      high: { reasoning_effort: "high" },
      xhigh: { reasoning_effort: "max" },
      max: { reasoning_effort: "max" },
      ultra: { reasoning_effort: "max" },
    },
    models: [
      {
        match: /glm-5\.2/i,
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
      // These take no effort
      {
        match: /glm-(?!.*v)|mimo-v2(?:\.5)?-pro|minimax-m2/i,
        rules: { images: false, efforts: { default: {} } },
      },
      { match: /kimi-k2|mimo|minimax/i, rules: { efforts: { default: {} } } },
      { match: /deepseek-v|coder/i, rules: { images: false } },
    ],
  },
});
