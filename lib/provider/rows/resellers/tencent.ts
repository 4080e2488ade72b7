/**
 * Tencent Cloud: TokenHub and its plans. Facts: docs/facts/providers.md §12.1.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";

function thinking(effort?: string) {
  return {
    thinking: { type: "enabled" },
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
  };
}

const NO_THINKING = { thinking: { type: "disabled" } };

export const tencent = provider({
  name: "tencent",
  title: "Tencent",
  hosts: [
    "tokenhub.tencentmaas.com",
    "tokenhub.tencentmaas.cn",
    "tokenhub-intl.tencentcloudmaas.com",
    "api.lkeap.cloud.tencent.com",
  ],
  catalog: {
    baseUrl: "https://tokenhub.tencentmaas.com/v1",
    keyEnv: "TENCENT_TOKENHUB_API_KEY",
    models: [
      { id: "hy3", title: "Hy3", window: 256_000, images: false, efforts: ["low", "high"] },
    ],
    regions: [
      { title: "international", baseUrl: "https://tokenhub-intl.tencentcloudmaas.com/v1" },
      {
        title: "coding plan",
        baseUrl: "https://api.lkeap.cloud.tencent.com/coding/v3",
        keyEnv: "TENCENT_CODING_PLAN_API_KEY",
        models: [
          { id: "tc-code-latest", title: "Auto", window: 131_072, images: false, efforts: [] },
        ],
      },
      {
        title: "token plan",
        baseUrl: "https://api.lkeap.cloud.tencent.com/plan/v3",
        keyEnv: "TENCENT_TOKEN_PLAN_API_KEY",
      },
    ],
  },
  // Its page about Codex asks for Responses on TokenHub; the plans speak Chat only.
  wire: "responses",
  paths: [["/coding/v3", "chat"], ["/plan/v3", "chat"]],
  chat: {
    ...GENERIC_CHAT,
    efforts: {
      default: {},
      none: NO_THINKING,
      minimal: NO_THINKING,
      low: thinking("low"),
      medium: thinking("medium"),
      high: thinking("high"),
      xhigh: thinking("high"),
      max: thinking("high"),
      ultra: thinking("high"),
    },
    models: [
      {
        match: /^hy3|hy3-preview/i,
        rules: {
          images: false,
          efforts: {
            default: {},
            none: NO_THINKING,
            minimal: NO_THINKING,
            low: thinking("low"),
            medium: thinking("high"),
            high: thinking("high"),
            xhigh: thinking("high"),
            max: thinking("high"),
            ultra: thinking("high"),
          },
        },
      },
      // "Auto" takes no effort
      { match: /^tc-code|hunyuan|deepseek|glm-\d+(?:\.\d+)?(?!v)\b/i, rules: { images: false } },
    ],
  },
});
