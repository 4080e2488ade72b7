/**
 * OpenRouter, a router in front of other providers. Facts: docs/facts/providers.md §8. Its errors hold the real
 * provider's own in `error.metadata.raw`, which `error_body.ts` reads.
 *
 * @module
 */

import { GENERIC_CHAT, GROK_MODELS, MISTRAL_MODELS } from "../../chat_rules.ts";
import { provider } from "../../defaults.ts";
import { openrouterSearch } from "../../search/own.ts";

export const openrouter = provider({
  name: "openrouter",
  title: "OpenRouter",
  hosts: ["openrouter.ai"],
  search: openrouterSearch,
  openaiModels: "some",
  catalog: {
    baseUrl: "https://openrouter.ai/api/v1",
    keyEnv: "OPENROUTER_API_KEY",
    models: [
      { id: "xiaomi/mimo-v2.6-pro", title: "MiMo V2.6 Pro", window: 1_048_576, images: true },
      { id: "xiaomi/mimo-v2.6-flash", title: "MiMo V2.6 Flash", window: 1_048_576, images: true },
      { id: "xiaomi/mimo-v2.5-pro", title: "MiMo V2.5 Pro", window: 1_048_576, images: false },
    ],
  },
  keys: [
    {
      prefix: "sk-or-",
      hosts: ["openrouter.ai"],
      hint: "Keys that begin with sk-or- are OpenRouter keys and work on openrouter.ai only",
    },
  ],
  phrases: [
    [/no (?:allowed )?(?:endpoints|providers) (?:found|are available)/i, "refused"],
    [/your input was flagged/i, "moderated"],
    [/requires more credits|insufficient credits/i, "quota"],
  ],
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "system" },
    reasoning: { field: "reasoning", pad: false },
    efforts: {
      default: {},
      none: { reasoning: { enabled: false } },
      minimal: { reasoning: { effort: "minimal" } },
      low: { reasoning: { effort: "low" } },
      medium: { reasoning: { effort: "medium" } },
      high: { reasoning: { effort: "high" } },
      xhigh: { reasoning: { effort: "xhigh" } },
      max: { reasoning: { effort: "xhigh" } },
      ultra: { reasoning: { effort: "xhigh" } },
    },
    sends: ["temperature", "top_p", "parallel_tool_calls"],
    strict: true,
    models: [
      { match: /mimo-v2(?:\.5)?-pro/i, rules: { images: false } },
      MISTRAL_MODELS,
      GROK_MODELS,
    ],
  },
});
