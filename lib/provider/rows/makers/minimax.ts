/**
 * MiniMax. Facts: docs/facts/providers.md §6, platform.minimax.io/docs/api-reference/errorcode.
 *
 * @module
 */

import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import { minimaxSearch } from "../../search/own.ts";

export const minimax = provider({
  name: "minimax",
  title: "MiniMax",
  hosts: ["api.minimax.io", "api.minimaxi.com", "api.minimax.cn"],
  search: minimaxSearch,
  catalog: {
    baseUrl: "https://api.minimax.io/v1",
    keyEnv: "MINIMAX_API_KEY",
    // docs/facts/providers.md §6 gives M3 512K to 1M: the safe end
    models: [
      {
        id: "MiniMax-M3",
        title: "MiniMax M3",
        window: 524_288,
        images: true,
        efforts: ["none", "high"],
      },
      {
        id: "MiniMax-M2.7",
        title: "MiniMax M2.7",
        window: 204_800,
        images: false,
        efforts: ["high"],
      },
    ],
    regions: [
      { title: "China", baseUrl: "https://api.minimaxi.com/v1" },
      { title: "China, second host", baseUrl: "https://api.minimax.cn/v1" },
    ],
  },
  // As `error.code` or as `base_resp.status_code` in an HTTP 200.
  codes: {
    "1000": "transient",
    "1001": "transient", // timeout
    "1002": "rate_limited",
    "1004": "refused", // not authorized
    "1008": "quota", // balance
    "1024": "transient",
    "1026": "moderated", // input
    "1027": "moderated", // output
    "1033": "transient", // downstream
    "1039": "rate_limited", // tokens per minute
    "2013": "refused", // invalid params; the message of an overflow says so
    "2049": "refused", // key
    "2056": "quota", // plan usage
    "2061": "refused", // model not in the plan
  },
  phrases: [[/\bnew_sensitive\b/i, "moderated"]],
  anthropic: UNSIGNED,
  chat: {
    ...GENERIC_CHAT,
    // otherwise thinking stands in the text, between tags
    extra: { reasoning_split: true },
    efforts: { default: {} },
    output: { field: "max_completion_tokens" },
    sends: [],
    toolChoice: "none",
    schema: "prompt",
    models: [
      {
        match: /m3/i,
        rules: {
          efforts: {
            default: {},
            none: { thinking: { type: "disabled" } },
            minimal: { thinking: { type: "disabled" } },
          },
        },
      },
      { match: /m[12]/i, rules: { images: false } },
    ],
  },
});
