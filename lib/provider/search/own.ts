/**
 * The providers' own searches, which the user's key pays for. Of several the first that the provider has is used.
 * Facts: docs/facts/search.md §2.
 *
 * @module
 */

import { isObject } from "../../base/json.ts";
import { BOUNDED, chatEngine, responsesEngine } from "./asked_model.ts";
import { type SearchEngine, sourcesOf } from "./engine.ts";

const NO_THINKING = { thinking: { type: "disabled" } };

/** MiMo's plug-in on Chat Completions; it is switched on in the console, and a token plan has none. */
export const mimoSearch: readonly SearchEngine[] = [
  chatEngine(({ count }) => ({
    max_completion_tokens: BOUNDED.max_tokens,
    ...NO_THINKING,
    tools: [{ type: "web_search", force_search: true, max_keyword: 3, limit: count }],
    tool_choice: "auto",
  })),
];

/** DeepSeek's Search API, then the hosted tool of its Responses API. */
export const deepseekSearch: readonly SearchEngine[] = [
  {
    request: ({ text, domains, days, count }, { base }) => ({
      url: `${new URL(base).origin}/v1/tools/search`,
      body: {
        // 128 characters at most; operators are part of the query
        query: [text, ...domains.slice(0, 1).map((domain) => `site:${domain}`)].join(" ")
          .slice(0, 128),
        count,
        ...(days !== undefined && { ori_question: `${text} (last ${days} days)`.slice(0, 128) }),
      },
    }),
    read: (json) => ({
      sources: sourcesOf(json.results ?? (isObject(json.data) ? json.data.results : []), {
        url: ["url", "link"],
        title: ["title"],
        text: ["summary", "snippet", "content"],
        date: ["published_at", "publish_time", "date"],
      }),
    }),
  },
  responsesEngine([{ type: "web_search" }], { max_output_tokens: BOUNDED.max_tokens }),
];

/** The search of Kimi's coding plan, where that is the host, then the built-in function of Chat Completions. */
export const kimiSearch: readonly SearchEngine[] = [
  {
    request: (query, { base }) => ({
      url: `${base}/search`,
      body: {
        text_query: query.text,
        limit: Math.min(query.count, 20),
        enable_page_crawling: false,
        timeout_seconds: 30,
      },
    }),
    read: ({ search_results: results }) => ({
      sources: sourcesOf(results, {
        url: ["url"],
        title: ["title"],
        text: ["snippet", "summary", "content"],
        date: ["date"],
      }),
    }),
  },
  chatEngine(() => ({
    ...BOUNDED,
    ...NO_THINKING, // it cannot search while it thinks
    tools: [{ type: "builtin_function", function: { name: "$web_search" } }],
  })),
];

/** GLM's Web Search API, then the tool of Chat Completions. */
export const glmSearch: readonly SearchEngine[] = [
  {
    request: ({ text, domains, days, count }, { base }) => ({
      url: `${new URL(base).origin}/api/paas/v4/web_search`,
      body: {
        // names differ by host: bigmodel.cn has several engines, z.ai has one
        search_engine: /(?:^|\.)z\.ai$/.test(new URL(base).hostname)
          ? "search-prime"
          : "search_pro",
        search_query: text.slice(0, 70),
        search_intent: false,
        count,
        content_size: "medium",
        ...(domains[0] !== undefined && { search_domain_filter: domains[0] }),
        ...(days !== undefined && {
          search_recency_filter: days <= 1
            ? "oneDay"
            : days <= 7
            ? "oneWeek"
            : days <= 31
            ? "oneMonth"
            : "oneYear",
        }),
      },
    }),
    read: ({ search_result: results }) => ({
      sources: sourcesOf(results, {
        url: ["link", "url"],
        title: ["title"],
        text: ["content"],
        date: ["publish_date"],
      }),
    }),
  },
  chatEngine(({ count }) => ({
    ...BOUNDED,
    tools: [{
      type: "web_search",
      web_search: {
        enable: true,
        search_engine: "search_pro",
        search_result: true,
        search_intent: false,
        count,
      },
    }],
  })),
];

/** Qwen's search on Chat Completions, then the hosted tool, for bases that speak Responses alone. */
export const qwenSearch: readonly SearchEngine[] = [
  chatEngine(() => ({
    ...BOUNDED,
    enable_search: true,
    search_options: { forced_search: true, enable_source: true },
  })),
  responsesEngine([{ type: "web_search" }], { max_output_tokens: BOUNDED.max_tokens }),
];

/** The search of MiniMax's plans; other keys get its refusal. */
export const minimaxSearch: readonly SearchEngine[] = [
  {
    request: ({ text }, { base }) => ({
      url: `${new URL(base).origin}/v1/coding_plan/search`,
      body: { q: text },
    }),
    read(json) {
      const { base_resp: status, organic } = json;
      if (isObject(status) && status.status_code !== 0 && status.status_code !== undefined) {
        return { error: `${status.status_msg ?? "refused"} (${status.status_code})` };
      }
      return {
        sources: sourcesOf(organic, {
          url: ["link", "url"],
          title: ["title"],
          text: ["snippet"],
          date: ["date"],
        }),
      };
    },
  },
];

/** OpenRouter's plug-in, for every model. */
export const openrouterSearch: readonly SearchEngine[] = [
  chatEngine(({ count }) => ({ ...BOUNDED, plugins: [{ id: "web", max_results: count }] })),
];

/** Ark's hosted tool on Responses. */
export const arkSearch: readonly SearchEngine[] = [
  responsesEngine([{ type: "web_search", max_keyword: 3 }], {
    max_output_tokens: BOUNDED.max_tokens,
  }),
];
