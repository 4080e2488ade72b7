/**
 * Ark: Doubao and hosted models on Volcengine and BytePlus. Facts: docs/facts/providers.md §7,
 * volcengine.com/docs/82379/1299023.
 *
 * @module
 */

import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { FUNCTIONS_ONLY, provider } from "../../defaults.ts";
import type { RowModel } from "../../profile.ts";
import { arkSearch } from "../../search/own.ts";

/** It takes what the plan chooses. */
const CODING: readonly RowModel[] = [
  { id: "ark-code-latest", title: "Ark Code Latest", window: 256_000, images: true },
];

export const ark = provider({
  name: "ark",
  title: "Ark",
  hosts: ["ark.cn-beijing.volces.com", "ark.ap-southeast.bytepluses.com"],
  search: arkSearch,
  catalog: {
    baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
    keyEnv: "ARK_API_KEY",
    // docs/facts/switchers.md §4 for the window, docs/facts/providers.md §7 for the efforts
    models: [
      {
        id: "doubao-seed-2-1-pro-260628",
        title: "Doubao Seed 2.1 Pro",
        window: 262_144,
        images: true,
        efforts: ["minimal", "low", "medium", "high"],
      },
    ],
    regions: [
      {
        title: "coding plan, China",
        baseUrl: "https://ark.cn-beijing.volces.com/api/coding/v3",
        models: CODING,
      },
      {
        title: "coding plan, BytePlus",
        baseUrl: "https://ark.ap-southeast.bytepluses.com/api/coding/v3",
        models: CODING,
      },
      { title: "BytePlus", baseUrl: "https://ark.ap-southeast.bytepluses.com/api/v3" },
    ],
  },
  paths: [["/api/plan/v3", "responses"], ["/api/coding/v3", "responses"], [
    "/api/coding",
    "anthropic",
  ], ["/api/compatible", "anthropic"]],
  // The plans refuse it (docs/facts/providers.md §7)
  responses: { ...FUNCTIONS_ONLY, drop: [...FUNCTIONS_ONLY.drop, "service_tier"] },
  codes: {
    AccountOverdueError: "quota",
    AccountQuotaExceeded: "quota", // a plan's 5 hours, week or month
    QuotaExceeded: "quota",
    SetLimitExceeded: "quota",
    RateLimitExceeded: "rate_limited",
    RequestBurstTooFast: "rate_limited",
    ServerOverloaded: "transient",
    InternalServiceError: "transient",
    InputTextRiskDetection: "moderated",
    InputImageRiskDetection: "moderated",
    OutputTextRiskDetection: "moderated",
    SensitiveContentDetected: "moderated",
    InputTextSensitiveContentDetected: "moderated",
    InputImageSensitiveContentDetected: "moderated",
    OutputTextSensitiveContentDetected: "moderated",
  },
  phrases: [
    // "temporarily unavailable" is part of the sentence, but only its owner can open an endpoint again
    [/endpoint that is currently closed/i, "refused"],
    [/exceeded the [\w-]{1,12} usage quota/i, "quota"],
    [/tokens of image and text exceed max message tokens/i, "overflow"],
  ],
  anthropic: UNSIGNED,
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "system" },
    emptyContent: [{ type: "text", text: "" }],
    efforts: {
      default: { thinking: { type: "enabled" } },
      none: { thinking: { type: "disabled" } },
      minimal: { thinking: { type: "disabled" } },
    },
    // its own default of 4096 cuts tool calls short
    output: { field: "max_tokens", max: 32_768 },
    toolChoice: "auto",
    models: [{ match: /deepseek|glm-|kimi-k2(?!\.)/i, rules: { images: false } }],
  },
});
