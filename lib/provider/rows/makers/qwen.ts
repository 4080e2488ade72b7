/**
 * Qwen on Alibaba Cloud Model Studio (DashScope) and its plans. Facts: docs/facts/providers.md §5, the error code page of
 * Model Studio.
 *
 * @module
 */

import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import { qwenSearch } from "../../search/own.ts";

const THINKING = { enable_thinking: true };

const PLANS = [
  "coding.dashscope.aliyuncs.com",
  "coding-intl.dashscope.aliyuncs.com",
  "token-plan.cn-beijing.maas.aliyuncs.com",
  "token-plan.ap-southeast-1.maas.aliyuncs.com",
];

export const qwen = provider({
  name: "qwen",
  title: "Qwen",
  hosts: ["dashscope.aliyuncs.com", "dashscope-intl.aliyuncs.com", ...PLANS],
  search: qwenSearch,
  catalog: {
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    keyEnv: "DASHSCOPE_API_KEY",
    // docs/facts/providers.md §5
    models: [
      {
        id: "qwen3.8-max",
        title: "Qwen3.8 Max",
        window: 1_000_000,
        images: true,
        efforts: ["low", "medium", "xhigh"],
      },
      {
        id: "qwen3.8-flash",
        title: "Qwen3.8 Flash",
        window: 1_000_000,
        images: true,
        efforts: ["low", "medium", "xhigh"],
      },
      {
        id: "qwen3-coder-plus",
        title: "Qwen3 Coder Plus",
        window: 1_048_576,
        images: false,
        efforts: [],
      },
    ],
    regions: [
      {
        title: "international",
        baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
      },
      {
        title: "token plan, China",
        baseUrl: "https://token-plan.cn-beijing.maas.aliyuncs.com/compatible-mode/v1",
      },
      {
        title: "token plan, Singapore",
        baseUrl: "https://token-plan.ap-southeast-1.maas.aliyuncs.com/compatible-mode/v1",
      },
      { title: "coding plan, China", baseUrl: "https://coding.dashscope.aliyuncs.com/v1" },
      {
        title: "coding plan, international",
        baseUrl: "https://coding-intl.dashscope.aliyuncs.com/v1",
      },
    ],
  },
  keys: [
    {
      prefix: "sk-sp-",
      hosts: PLANS,
      hint:
        "Keys that begin with sk-sp- belong to an Alibaba Cloud plan and work on the plan's own " +
        "base URL only (coding.dashscope.aliyuncs.com, or token-plan.cn-beijing or .ap-southeast-1.maas.aliyuncs.com)",
    },
  ],
  codes: {
    "AllocationQuota.FreeTierOnly": "quota",
    // The compatible mode says insufficient_quota when tokens per minute ran out; money is Arrearage.
    insufficient_quota: "rate_limited",
    limit_requests: "rate_limited",
    Throttling: "rate_limited",
    Arrearage: "quota",
    PrepaidBillOverdue: "quota",
    PostpaidBillOverdue: "quota",
    data_inspection_failed: "moderated",
    DataInspectionFailed: "moderated",
    RequestTimeOut: "transient",
    InternalError: "transient",
  },
  phrases: [
    [/make sure your account is in good standing/i, "quota"],
    [/free tier of the model has been exhausted/i, "quota"],
    [/(?:free|hour|week|month)(?:ly)? allocated quota exceeded/i, "quota"],
    // Its other quotas are per minute, whatever the wording.
    [/allocated quota exceeded|exceeded your current (?:quota|requests list)/i, "rate_limited"],
    [/data may contain inappropriate content/i, "moderated"],
  ],
  // "Exceeded limit on max bytes to request body : 6291456" (cc-switch#6218, dify#35311; docs/facts/providers.md §5)
  maxBody: 6_291_456,
  anthropic: UNSIGNED,
  chat: {
    ...GENERIC_CHAT,
    efforts: {
      default: {},
      none: { enable_thinking: false },
      minimal: { enable_thinking: false },
      low: THINKING,
      medium: THINKING,
      high: THINKING,
      xhigh: THINKING,
      max: THINKING,
      ultra: THINKING,
    },
    toolChoice: "auto",
    schema: "json_object",
    // `partial: true` on the last message, without thinking (help.aliyun.com/zh/model-studio/partial-mode; read 2026-11-25).
    prefix: { flag: "partial", unless: THINKING },
    models: [
      {
        match: /qwen3\.8-(?:max|flash)/i,
        rules: {
          efforts: {
            default: {},
            none: { enable_thinking: false },
            minimal: { enable_thinking: false },
            low: { ...THINKING, reasoning_effort: "low" },
            medium: { ...THINKING, reasoning_effort: "medium" },
            high: { ...THINKING, reasoning_effort: "xhigh" },
            xhigh: { ...THINKING, reasoning_effort: "xhigh" },
            max: { ...THINKING, reasoning_effort: "xhigh" },
            ultra: { ...THINKING, reasoning_effort: "xhigh" },
          },
        },
      },
      // always thinks
      { match: /qwq/i, rules: { images: false, prefix: null } },
      { match: /coder|qwen3-max|qwen-(?:max|turbo|long)/i, rules: { images: false } },
    ],
  },
});
