/**
 * Kimi: the Moonshot platform and the coding plan. Facts: docs/facts/providers.md §3, the error reference at
 * kimi.com/code/docs.
 *
 * @module
 */

import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import type { Effort } from "../../profile.ts";
import { MOONSHOT_SCHEMA } from "../../schema_rules.ts";
import { kimiSearch } from "../../search/own.ts";

const THINKING = { thinking: { type: "enabled" } };

const CODING = ["api.kimi.com"];

const K3_EFFORTS: readonly Effort[] = ["low", "high", "max"];

/** It always thinks, and takes these three values. */
const K3_THINKING = {
  default: {},
  none: { reasoning_effort: "low" },
  minimal: { reasoning_effort: "low" },
  low: { reasoning_effort: "low" },
  medium: { reasoning_effort: "high" },
  high: { reasoning_effort: "high" },
  xhigh: { reasoning_effort: "max" },
  max: { reasoning_effort: "max" },
  ultra: { reasoning_effort: "max" },
};

export const kimi = provider({
  name: "kimi",
  title: "Kimi",
  hosts: ["api.moonshot.ai", "api.moonshot.cn", ...CODING],
  search: kimiSearch,
  catalog: {
    baseUrl: "https://api.moonshot.ai/v1",
    keyEnv: "MOONSHOT_API_KEY",
    // docs/facts/providers.md §3
    models: [
      {
        id: "kimi-k3",
        title: "Kimi K3",
        window: 1_048_576,
        images: true,
        efforts: K3_EFFORTS,
      },
      {
        id: "kimi-k2.7-code",
        title: "Kimi K2.7 Code",
        window: 262_144,
        images: true,
        efforts: ["high"],
      },
    ],
    regions: [
      { title: "China", baseUrl: "https://api.moonshot.cn/v1" },
      {
        title: "coding plan",
        baseUrl: "https://api.kimi.com/coding/v1",
        keyEnv: "KIMI_API_KEY",
        models: [
          { id: "k3", title: "Kimi K3", window: 1_048_576, images: true, efforts: K3_EFFORTS },
          {
            id: "kimi-for-coding",
            title: "Kimi for Coding",
            window: 1_048_576,
            images: true,
            efforts: K3_EFFORTS,
          },
        ],
      },
    ],
  },
  keys: [
    {
      prefix: "sk-kimi-",
      hosts: CODING,
      hint: "Keys that begin with sk-kimi- belong to the Kimi coding plan and work on " +
        "https://api.kimi.com/coding/v1 only",
    },
  ],
  codes: {
    engine_overloaded_error: "transient",
    rate_limit_reached_error: "rate_limited",
    exceeded_current_quota_error: "quota",
    invalid_authentication_error: "refused",
    permission_denied_error: "refused",
    resource_not_found_error: "refused",
    content_filter: "moderated",
  },
  phrases: [
    [/rejected because it was considered high risk/i, "moderated"],
    [/only available for Coding Agents/i, "refused"],
  ],
  schemas: MOONSHOT_SCHEMA,
  anthropic: UNSIGNED,
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "system" },
    reasoning: { field: "reasoning_content", pad: true },
    efforts: {
      default: {},
      none: { thinking: { type: "disabled" } },
      minimal: { thinking: { type: "disabled" } },
      low: THINKING,
      medium: THINKING,
      high: THINKING,
      xhigh: THINKING,
      max: THINKING,
      ultra: THINKING,
    },
    output: { field: "max_completion_tokens" },
    sends: ["prompt_cache_key"],
    toolChoice: "auto",
    schema: "json_object",
    // `partial: true` on the last message; the answer does not include it (platform.kimi.ai, docs/api/partial, whose
    // example is kimi-k2.5 as it comes; read 2026-11-25). The page says nothing about models with thinking switched on,
    // and it must not be mixed with a response_format.
    prefix: { flag: "partial", unless: THINKING },
    models: [
      {
        match: /kimi-k3|^k3/i,
        rules: {
          efforts: K3_THINKING,
          output: { field: "max_completion_tokens", max: 131_072 },
          prefix: null,
        },
      },
      // 400 if thinking is switched off
      {
        match: /kimi-k2\.7-code/i,
        rules: { efforts: { default: {} }, prefix: null },
      },
      { match: /kimi-for-coding/i, rules: { efforts: K3_THINKING, prefix: null } },
      { match: /kimi-k2(?!\.)|moonshot-v1(?!.*vision)/i, rules: { images: false } },
    ],
  },
});
