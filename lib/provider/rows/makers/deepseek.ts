/**
 * DeepSeek. Facts: docs/facts/providers.md §2; the Responses guide at api-docs.deepseek.com/guides/responses_api.
 *
 * @module
 */

import { UNSIGNED } from "../../anthropic_rules.ts";
import { GENERIC_CHAT } from "../../chat_rules.ts";
import { FUNCTIONS_ONLY, provider } from "../../defaults.ts";
import { deepseekSearch } from "../../search/own.ts";

const THINKING = { thinking: { type: "enabled" } };

const MINUTE = 60_000;

export const deepseek = provider({
  name: "deepseek",
  title: "DeepSeek",
  hosts: ["api.deepseek.com"],
  search: deepseekSearch,
  catalog: {
    baseUrl: "https://api.deepseek.com",
    keyEnv: "DEEPSEEK_API_KEY",
    // docs/facts/providers.md §2
    models: [
      {
        id: "deepseek-flash",
        title: "DeepSeek V4.1 Flash",
        window: 1_048_576,
        images: true,
        efforts: ["low", "high", "max"],
      },
    ],
  },
  retired: [
    { id: "deepseek-v4-pro", on: "2026-09-14", successor: "deepseek-flash" },
    { id: "deepseek-chat", on: "2026-07-24", successor: "deepseek-flash" },
    { id: "deepseek-reasoner", on: "2026-07-24", successor: "deepseek-flash" },
  ],
  // Built for Codex: takes its custom tools, ignores parameters it does not know, and nothing is translated.
  wire: "responses",
  // `POST /responses` hangs below the origin; `/v1` is an alias for Chat.
  paths: [["/v1", "chat"], ["/beta", "chat"]],
  // Queues up to 10 min, with comments only, before it closes the connection.
  timeouts: { head: 11 * MINUTE, firstEvent: 11 * MINUTE, progress: 11 * MINUTE },
  phrases: [[/\bContent Exists Risk\b/i, "moderated"]],
  responses: {
    ...FUNCTIONS_ONLY,
    // It ignores all others silently, so the tools of a namespace would be lost: they are turned into function tools.
    toolTypes: ["function", "custom", "web_search", "web_search_2025_08_26"],
  },
  anthropic: UNSIGNED,
  chat: {
    ...GENERIC_CHAT,
    roles: { lead: "system", late: "system" },
    images: false,
    reasoning: { field: "reasoning_content", pad: true },
    efforts: {
      default: THINKING,
      none: { thinking: { type: "disabled" } },
      minimal: { thinking: { type: "disabled" } },
      low: { ...THINKING, reasoning_effort: "low" },
      medium: { ...THINKING, reasoning_effort: "high" },
      high: { ...THINKING, reasoning_effort: "high" },
      xhigh: { ...THINKING, reasoning_effort: "high" },
      max: { ...THINKING, reasoning_effort: "max" },
      ultra: { ...THINKING, reasoning_effort: "max" },
    },
    output: { field: "max_tokens", max: 384_000 },
    sends: [],
    toolChoice: "auto",
    schema: "json_object",
    // The last message, the assistant's, with `prefix: true`, on the beta base only (api-docs.deepseek.com,
    // guides/chat_prefix_completion); with a thinking model too (guides/reasoning_model), its thought as
    // `reasoning_content` of that message. Read 2026-11-25.
    prefix: { flag: "prefix", path: /^\/beta(?:\/|$)/ },
    models: [{ match: /vision|deepseek-(?:v4-)?flash/i, rules: { images: true } }],
  },
});
