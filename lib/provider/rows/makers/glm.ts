/**
 * GLM: Zhipu (bigmodel.cn) and Z.ai. Facts: docs/facts/providers.md §4, docs.bigmodel.cn/cn/api/api-code.
 *
 * @module
 */

import type { JsonObject } from "../../../base/json.ts";
import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import type { Effort } from "../../profile.ts";
import { glmSearch } from "../../search/own.ts";

// `clear_thinking: false` lets it keep the reasoning that comes back with the history.
const THINKING: JsonObject = { thinking: { type: "enabled", clear_thinking: false } };

const EFFORTS_53: readonly Effort[] = ["low", "high", "max"];

const thinking = (effort: string) => ({ ...THINKING, reasoning_effort: effort });

/** 5.3 answers an error where thinking is switched off (glm-acp-agent#97), and takes three values (openclaude#2185). */
const THINKING_53 = {
  default: THINKING,
  none: thinking("low"),
  minimal: thinking("low"),
  low: thinking("low"),
  medium: thinking("high"),
  high: thinking("high"),
  xhigh: thinking("max"),
  max: thinking("max"),
  ultra: thinking("max"),
};

const OUTPUT = { extra: { tool_stream: true }, output: { field: "max_tokens", max: 131_072 } };

export const glm = provider({
  name: "glm",
  title: "GLM",
  hosts: ["api.z.ai", "open.bigmodel.cn"],
  search: glmSearch,
  catalog: {
    baseUrl: "https://api.z.ai/api/paas/v4",
    keyEnv: "ZAI_API_KEY",
    // docs/facts/providers.md §4
    models: [
      { id: "glm-5.3", title: "GLM 5.3", window: 1_000_000, images: false, efforts: EFFORTS_53 },
      {
        id: "glm-5.3-flash",
        title: "GLM 5.3 Flash",
        window: 1_000_000,
        images: true,
        efforts: EFFORTS_53,
      },
      {
        id: "glm-5.2",
        title: "GLM 5.2",
        window: 1_000_000,
        images: false,
        efforts: ["none", "high"],
      },
    ],
    regions: [
      { title: "coding plan", baseUrl: "https://api.z.ai/api/coding/paas/v4" },
      {
        title: "China",
        baseUrl: "https://open.bigmodel.cn/api/paas/v4",
        keyEnv: "ZHIPU_API_KEY",
      },
      {
        title: "coding plan, China",
        baseUrl: "https://open.bigmodel.cn/api/coding/paas/v4",
        keyEnv: "ZHIPU_API_KEY",
      },
    ],
  },
  // One host, two bases: the Responses base stands beside the Chat base, not below it.
  paths: [["/api/v1", "responses"], ["/api/paas/v4", "chat"], ["/api/coding/paas/v4", "chat"]],
  // HTTP 429 covers concurrency, an empty balance and a blocked account alike: only the code distinguishes them.
  codes: {
    "1000": "refused",
    "1001": "refused",
    "1002": "refused",
    "1003": "refused",
    "1004": "refused",
    "1110": "refused",
    "1111": "refused",
    "1112": "refused",
    "1113": "quota", // overdue
    "1120": "transient",
    "1121": "refused", // account blocked
    "1210": "refused",
    "1211": "refused", // no such model
    "1212": "refused",
    "1213": "refused",
    "1214": "refused", // bad messages
    "1215": "refused",
    "1220": "refused",
    "1221": "refused",
    "1222": "refused",
    "1230": "transient",
    "1231": "transient", // the same request is still running
    "1234": "transient", // network
    "1261": "overflow",
    "1300": "refused",
    "1301": "moderated",
    "1302": "rate_limited", // concurrency
    "1303": "rate_limited",
    "1304": "quota", // calls of the day
    "1305": "transient", // platform overloaded
    "1308": "quota", // plan window, names its reset time
    "1309": "quota", // plan expired
    "1310": "quota", // week or month used up
    "1311": "refused", // model not in the plan
    "1312": "transient", // model overloaded
    "1313": "refused", // fair use; lifted on request only
  },
  anthropic: UNSIGNED,
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "system" },
    images: false,
    // reasoning is kept across turns, and made-up reasoning harms
    reasoning: { field: "reasoning_content", pad: false },
    efforts: {
      default: THINKING,
      none: { thinking: { type: "disabled" } },
      minimal: { thinking: { type: "disabled" } },
    },
    sends: [],
    toolChoice: "auto",
    schema: "json_object",
    modelNoise: /\[[^\]]*\]$/,
    models: [
      { match: /glm-\d+(?:\.\d+)?v/i, rules: { images: true } },
      {
        match: /glm-5\.3-flash/i,
        rules: { ...OUTPUT, images: true, efforts: THINKING_53 },
      },
      { match: /glm-5\.3/i, rules: { ...OUTPUT, efforts: THINKING_53 } },
      { match: /glm-(?:5|4\.[67])/i, rules: OUTPUT },
    ],
  },
});
