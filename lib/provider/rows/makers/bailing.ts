/**
 * Bailing: Ant Group's Ling and Ring models. Facts: docs/facts/providers.md §12.8.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";

const HIGH = { reasoning: { effort: "high" } };
const XHIGH = { reasoning: { effort: "xhigh" } };

export const bailing = provider({
  name: "bailing",
  title: "Bailing",
  hosts: ["api.ant-ling.com", "api.tbox.cn"],
  catalog: {
    baseUrl: "https://api.ant-ling.com/v1",
    keyEnv: "ANT_LING_API_KEY",
    models: [
      {
        id: "Ring-2.6-1T",
        title: "Ring 2.6 1T",
        window: 262_144,
        images: false,
        efforts: ["high", "xhigh"],
      },
      { id: "Ling-2.6-1T", title: "Ling 2.6 1T", window: 262_144, images: false, efforts: [] },
      {
        id: "Ling-2.6-flash",
        title: "Ling 2.6 Flash",
        window: 262_144,
        images: false,
        efforts: [],
      },
    ],
    regions: [{ title: "older host", baseUrl: "https://api.tbox.cn/api/llm/v1" }],
  },
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "system" },
    images: false,
    efforts: { default: {} },
    output: { field: "max_tokens", max: 65_536 },
    models: [
      {
        match: /ring-/i,
        rules: {
          efforts: { default: {}, high: HIGH, xhigh: XHIGH, max: XHIGH, ultra: XHIGH },
        },
      },
    ],
  },
});
