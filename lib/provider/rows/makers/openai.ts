/**
 * OpenAI itself, the only provider that may get a ChatGPT login token.
 *
 * @module
 */

import { GENERIC_CHAT } from "../../chat_rules.ts";
import { ALL_TOOLS, provider } from "../../defaults.ts";

export const openai = provider({
  name: "openai",
  title: "OpenAI",
  hosts: ["api.openai.com", "chatgpt.com"],
  search: "hosted",
  wire: "responses",
  takesLogin: true,
  openaiModels: "all",
  responses: ALL_TOOLS,
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
