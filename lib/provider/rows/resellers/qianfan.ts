/**
 * Baidu Qianfan and its plans. Facts: docs/facts/providers.md §12.5.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";

const OFF = { thinking: { type: "disabled" } };
const ON = { thinking: { type: "enabled" } };
const HIGH = { ...ON, reasoning_effort: "high" };
const MAX = { ...ON, reasoning_effort: "max" };

export const qianfan = provider({
  name: "qianfan",
  title: "Qianfan",
  hosts: ["qianfan.baidubce.com"],
  catalog: {
    baseUrl: "https://qianfan.baidubce.com/v2/tokenplan/personal",
    keyEnv: "QIANFAN_API_KEY",
    models: [
      {
        id: "deepseek-v4-pro",
        title: "DeepSeek V4 Pro",
        window: 1_048_576,
        images: false,
        efforts: ["none", "high", "max"],
      },
      {
        id: "deepseek-v4-flash",
        title: "DeepSeek V4 Flash",
        window: 1_048_576,
        images: false,
        efforts: ["none", "high", "max"],
      },
      {
        id: "glm-5.2",
        title: "GLM 5.2",
        window: 1_048_576,
        images: false,
        efforts: ["none", "high"],
      },
    ],
    regions: [
      { title: "pay as you go", baseUrl: "https://qianfan.baidubce.com/v2" },
      {
        title: "coding plan",
        baseUrl: "https://qianfan.baidubce.com/v2/coding",
        models: [
          {
            id: "qianfan-code-latest",
            title: "Qianfan Code Latest",
            window: 131_072,
            images: false,
            efforts: ["none", "high"],
          },
        ],
      },
    ],
  },
  chat: {
    ...GENERIC_CHAT,
    images: false,
    // a field that a model does not know is ignored there
    efforts: {
      default: ON,
      none: OFF,
      minimal: OFF,
      low: HIGH,
      medium: HIGH,
      high: HIGH,
      xhigh: MAX,
      max: MAX,
      ultra: MAX,
    },
    models: [{ match: /-vl\b|vision|kimi-k2\.[5-9]|kimi-k3/i, rules: { images: true } }],
  },
});
