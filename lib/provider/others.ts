/**
 * The providers that need least: a router, the original, and everyone we have never heard of.
 *
 * @module
 */

import { GENERIC_CHAT } from "./chat_rules.ts";
import type { ResponsesRules } from "./profile.ts";
import { provider } from "./defaults.ts";

const UNTOUCHED: ResponsesRules = { toolTypes: "all", drop: [], emptySummary: false };

/** docs/facts/providers.md §8. Its errors wrap the real provider's in `error.metadata.raw`, which `error_body.ts` reads. */
export const openrouter = provider({
  name: "openrouter",
  title: "OpenRouter",
  hosts: ["openrouter.ai"],
  catalog: {
    baseUrl: "https://openrouter.ai/api/v1",
    keyEnv: "OPENROUTER_API_KEY",
    models: [
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
    models: [{ match: /mimo-v2(?:\.5)?-pro/i, rules: { images: false } }],
  },
});

/** The only one that may see a ChatGPT login token. */
export const openai = provider({
  name: "openai",
  title: "OpenAI",
  hosts: ["api.openai.com", "chatgpt.com"],
  wire: "responses",
  takesLogin: true,
  responses: UNTOUCHED,
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "developer", late: "developer" },
    reasoning: { field: null, pad: false },
    efforts: {
      default: {},
      none: { reasoning_effort: "none" },
      minimal: { reasoning_effort: "minimal" },
      low: { reasoning_effort: "low" },
      medium: { reasoning_effort: "medium" },
      high: { reasoning_effort: "high" },
      xhigh: { reasoning_effort: "xhigh" },
      max: { reasoning_effort: "xhigh" },
      ultra: { reasoning_effort: "xhigh" },
    },
    output: { field: "max_completion_tokens" },
    sends: ["temperature", "top_p", "parallel_tool_calls", "prompt_cache_key", "service_tier"],
    strict: true,
    thinkTags: false,
    textCalls: false,
  },
});

/** A host no row knows: taken at its word that it speaks Responses. Sentences name the host instead of the title. */
export const generic = provider({
  name: "generic",
  title: "The provider",
  hosts: [],
  wire: "responses",
  responses: UNTOUCHED,
});
