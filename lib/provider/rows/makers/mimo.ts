/**
 * Xiaomi MiMo. Facts: docs/facts/providers.md §1.
 *
 * @module
 */

import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { FUNCTIONS_ONLY, provider } from "../../defaults.ts";
import { mimoSearch } from "../../search/own.ts";

const NO_THINKING = { thinking: { type: "disabled" } };

function thinking(effort?: string) {
  return {
    thinking: { type: "enabled" },
    ...(effort === undefined ? {} : { reasoning_effort: effort }),
  };
}

const PAY = ["api.xiaomimimo.com"];
const PLAN = [
  "token-plan-cn.xiaomimimo.com",
  "token-plan-sgp.xiaomimimo.com",
  "token-plan-ams.xiaomimimo.com",
];
const MINUTE = 60_000;

export const mimo = provider({
  name: "mimo",
  title: "MiMo",
  hosts: [...PAY, ...PLAN],
  search: mimoSearch,
  catalog: {
    baseUrl: "https://api.xiaomimimo.com/v1",
    keyEnv: "MIMO_API_KEY",
    // docs/facts/providers.md §1.2
    models: [
      { id: "mimo-v2.6-pro", title: "MiMo V2.6 Pro", window: 1_048_576, images: true },
      { id: "mimo-v2.6-flash", title: "MiMo V2.6 Flash", window: 1_048_576, images: true },
      {
        id: "mimo-v2.6-pro-ultraspeed",
        title: "MiMo V2.6 Pro UltraSpeed",
        window: 1_048_576,
        images: true,
      },
    ],
    regions: [
      { title: "token plan, China", baseUrl: "https://token-plan-cn.xiaomimimo.com/v1" },
      { title: "token plan, Singapore", baseUrl: "https://token-plan-sgp.xiaomimimo.com/v1" },
      { title: "token plan, Amsterdam", baseUrl: "https://token-plan-ams.xiaomimimo.com/v1" },
    ],
  },
  // docs/facts/providers.md §1.2; other hosts serve some of them on
  retired: [
    { id: "mimo-v2.5-pro", on: "2026-10-21", successor: "mimo-v2.6-pro" },
    { id: "mimo-v2.5", on: "2026-10-21", successor: "mimo-v2.6-flash" },
    {
      id: "mimo-v2.5-pro-ultraspeed",
      on: "2026-09-08",
      successor: "mimo-v2.6-pro-ultraspeed",
    },
    { id: "mimo-v2-pro", on: "2026-06-30", successor: "mimo-v2.6-pro" },
    { id: "mimo-v2-omni", on: "2026-06-30", successor: "mimo-v2.6-flash" },
    { id: "mimo-v2-flash", on: "2026-06-30", successor: "mimo-v2.6-flash" },
  ],
  // docs/facts/providers.md §0.1: the native Responses endpoint refuses the tools an agent turn needs.
  wire: "chat",
  keys: [
    {
      prefix: "tp-",
      hosts: PLAN,
      hint: "Keys that begin with tp- belong to a MiMo token plan and work on " +
        "token-plan-cn, -sgp or -ams.xiaomimimo.com only, in the region where the plan was bought",
    },
    {
      prefix: "sk-",
      hosts: PAY,
      hint:
        "Keys that begin with sk- are MiMo pay-as-you-go keys and work on api.xiaomimimo.com only, " +
        "not on a token plan's host",
    },
  ],
  // docs/facts/providers.md §1.3: up to five minutes of silence after a context rebuild; its own client waits 480 s between chunks.
  timeouts: { head: 8 * MINUTE, silence: 8 * MINUTE },
  codes: {
    "421": "moderated", // Moderation Block
    "441": "moderated", // Severe Violation
    invalid_key: "refused",
  },
  phrases: [
    [/\bModeration Block\b|\bSevere Violation\b/i, "moderated"],
    // the paid search plug-in is off, or the key is a plan's
    [/webSearchEnabled is false/i, "refused"],
  ],
  responses: {
    ...FUNCTIONS_ONLY,
    // docs/facts/providers.md §1.8: the server folds summaries into the context, which doubles the reasoning every round.
    emptySummary: true,
    textFormats: ["text", "json_object"],
    maxOutputTokens: 131_072,
  },
  anthropic: { ...UNSIGNED, auth: "x-api-key" },
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "developer" },
    // docs/facts/providers.md §1.6: every message with calls must carry its reasoning, or the request is a 400.
    reasoning: { field: "reasoning_content", pad: true },
    efforts: {
      default: thinking(),
      none: NO_THINKING,
      minimal: NO_THINKING,
      low: thinking("low"),
      medium: thinking("medium"),
      high: thinking("high"),
      // above `high` it answers 400
      xhigh: thinking("high"),
      max: thinking("high"),
      ultra: thinking("high"),
    },
    output: { field: "max_completion_tokens", max: 131_072 },
    // temperature and top_p are fixed while it thinks
    sends: [],
    toolChoice: "auto",
    schema: "json_object",
    models: [
      // JSON mode garbles its answers
      { match: /mimo-v2\.5-pro-ultraspeed/i, rules: { images: false, schema: "prompt" } },
      { match: /mimo-v2(?:\.5)?-pro/i, rules: { images: false } },
      { match: /mimo-v2\.6-flash/i, rules: { schema: "json_schema" } },
    ],
  },
});
