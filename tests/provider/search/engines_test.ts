/**
 * Each engine: what it is asked, and how its answer is read.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { findProfile, profileNamed } from "../../../lib/provider/profiles.ts";
import type { SearchEngine, SearchPlace } from "../../../lib/provider/search/engine.ts";
import { SERVICES } from "../../../lib/provider/search/services.ts";

const query = {
  text: "capital of Denmark",
  domains: ["x.example", "y.example"],
  days: 6,
  count: 5,
};
const plain = { text: "q", domains: [], count: 5 };
const place = { base: "https://h.example/v1", model: "m", key: "k-1" };

function own(name: string, at = 0): SearchEngine {
  const search = profileNamed(name)?.search;
  ok(Array.isArray(search) && search[at], `${name} has engine ${at}`);
  return search[at] as SearchEngine;
}

const A = { url: "https://x.example/a", title: "A", text: "said", date: "2026-11-01" };
const chatAnswer = (message: JsonObject, more: JsonObject = {}) => ({
  choices: [{ message }],
  ...more,
});

/** Engine, its answer as the provider writes it, the sources. */
const ANSWERS: [string, SearchEngine, JsonObject][] = [
  ["tavily", SERVICES.tavily, {
    results: [{ url: A.url, title: "A", content: "said", published_date: A.date }, {
      title: "no address",
    }],
  }],
  ["exa", SERVICES.exa, {
    results: [{ url: A.url, title: "A", highlights: ["said"], publishedDate: A.date }],
  }],
  ["brave", SERVICES.brave, {
    web: {
      results: [{ url: A.url, title: "A", description: "<strong>said</strong>", page_age: A.date }],
    },
  }],
  ["searxng", SERVICES.searxng, {
    results: [{ url: A.url, title: "A", content: "said", publishedDate: A.date }, 3, null],
  }],
  ["deepseek", own("deepseek"), {
    results: [{ url: A.url, title: "A", snippet: "s", summary: "said", content: "", date: A.date }],
  }],
  ["glm", own("glm"), {
    search_result: [{ link: A.url, title: "A", content: "said", publish_date: A.date }],
  }],
  ["kimi's plan", own("kimi"), {
    search_results: [{ url: A.url, title: "A", snippet: "said", date: A.date }],
  }],
  ["minimax", own("minimax"), {
    organic: [{ link: A.url, title: "A", snippet: "said", date: A.date }],
    base_resp: { status_code: 0 },
  }],
  [
    "mimo",
    own("mimo"),
    chatAnswer({
      content: null,
      annotations: [{
        type: "url_citation",
        url: A.url,
        title: "A",
        summary: "said",
        publish_time: A.date,
      }],
    }),
  ],
  [
    "glm in chat",
    own("glm", 1),
    chatAnswer({ content: "" }, {
      web_search: [{ link: A.url, title: "A", content: "said", publish_date: A.date }],
    }),
  ],
  [
    "qwen",
    own("qwen"),
    chatAnswer({ content: "" }, {
      search_info: { search_results: [{ url: A.url, title: "A", snippet: "said", date: A.date }] },
    }),
  ],
  [
    "openrouter",
    own("openrouter"),
    chatAnswer({
      annotations: [{
        type: "url_citation",
        url_citation: { url: A.url, title: "A", content: "said", date: A.date },
      }],
    }),
  ],
  ["ark", own("ark"), {
    output: [{ type: "web_search_call" }, {
      type: "message",
      content: [{
        type: "output_text",
        text: "",
        annotations: [{
          type: "url_citation",
          url: A.url,
          title: "A",
          summary: "said",
          publish_time: A.date,
        }],
      }],
    }],
  }],
  ["deepseek's tool", own("deepseek", 1), {
    output: [{
      type: "web_search_call",
      action: {
        type: "search",
        sources: [{ url: `${A.url}#ws_call_id=1`, title: "A", content: "said", date: A.date }],
      },
    }],
  }],
];

Deno.test("search engines: every answer is read as its pages", () => {
  for (const [name, engine, json] of ANSWERS) {
    const read = engine.read(json, engine.request(query, place));
    ok("sources" in read, name);
    deepEqual(read.sources, [A], name);
  }
});

Deno.test("search engines: a strange answer is an empty one, never an error", () => {
  const strange: JsonObject[] = [
    {},
    { results: 1 },
    { results: [null, 1, "x", {}] },
    { choices: [null] },
    { output: "x" },
    { web: [] },
    {
      choices: [{ message: { tool_calls: "x", annotations: [[]] } }],
    },
  ];
  for (const [name, engine] of ANSWERS) {
    for (const json of strange) {
      const read = engine.read(json, engine.request(plain, place));
      ok("error" in read || ("sources" in read && read.sources.length === 0), name);
    }
  }
});

Deno.test("search engines: what each is asked", () => {
  const asked = (engine: SearchEngine, at: SearchPlace = place) => engine.request(query, at);
  deepEqual(asked(SERVICES.tavily, { ...place, base: "https://api.tavily.com" }), {
    url: "https://api.tavily.com/search",
    headers: { authorization: "Bearer k-1" },
    body: { query: query.text, max_results: 5, include_domains: query.domains, time_range: "week" },
  });
  equal(asked(SERVICES.exa).headers?.["x-api-key"], "k-1");
  const brave = asked(SERVICES.brave);
  match(
    brave.url,
    /\/res\/v1\/web\/search\?q=capital\+of\+Denmark\+%28site%3Ax\.example\+OR\+.*&count=5&freshness=pw$/,
  );
  equal(brave.headers?.["x-subscription-token"], "k-1");
  match(
    asked(SERVICES.searxng, { base: "http://s/search", model: "" }).url,
    /^http:\/\/s\/search\?q=.*&format=json&time_range=week$/,
  );
  equal(asked(own("deepseek")).url, "https://h.example/v1/tools/search");
  equal(asked(own("glm")).url, "https://h.example/api/paas/v4/web_search");
  equal(
    asked(own("glm"), { ...place, base: "https://api.z.ai/api/v1" }).body?.search_engine,
    "search-prime",
  );
  equal(asked(own("minimax")).url, "https://h.example/v1/coding_plan/search");
  deepEqual(own("minimax").request(plain, place).body, { q: "q" });
  const [tool] = asked(own("mimo")).body?.tools as JsonObject[];
  deepEqual(tool, { type: "web_search", force_search: true, max_keyword: 3, limit: 5 });
  equal(asked(own("qwen")).body?.enable_search, true);
  match(
    JSON.stringify(asked(own("qwen")).body?.messages),
    /capital of Denmark.*x\.example, y\.example.*last 6 days/,
  );
});

Deno.test("search engines: a built-in function gets its own arguments back, a few times at most", () => {
  const engine = own("kimi", 1);
  let request = engine.request(plain, place);
  deepEqual(request.body?.tools, [{ type: "builtin_function", function: { name: "$web_search" } }]);
  const message = {
    role: "assistant",
    content: "",
    tool_calls: [{
      id: "c1",
      type: "builtin_function",
      function: { name: "$web_search", arguments: '{"a":1}' },
    }],
  };
  let rounds = 0;
  for (;; rounds++) {
    const read = engine.read(chatAnswer(message), request);
    if (!("next" in read)) break;
    request = read.next;
  }
  equal(rounds, 4);
  const messages = request.body?.messages as JsonObject[];
  deepEqual(messages.slice(1, 3), [message, {
    role: "tool",
    tool_call_id: "c1",
    name: "$web_search",
    content: '{"a":1}',
  }]);
  const read = engine.read(
    chatAnswer({ content: "See https://x.example/a, and （https://y.example/b）." }),
    request,
  );
  ok("sources" in read);
  deepEqual(read.sources.map(({ url }) => url), ["https://x.example/a", "https://y.example/b"]);
});

Deno.test("search engines: a failure in a good answer is one", () => {
  deepEqual(
    own("minimax").read({ base_resp: { status_code: 1004, status_msg: "login fail" } }, {
      url: "",
    }),
    { error: "login fail (1004)" },
  );
  deepEqual(own("mimo").read(chatAnswer({ error_message: "no results" }), { url: "" }), {
    error: "no results",
  });
  deepEqual(
    own("ark").read({
      output: [{ type: "message", content: [{ type: "output_text", text: "from memory" }] }],
    }, { url: "" }),
    {
      error: "it answered without a search",
    },
  );
});

Deno.test("search engines: whoever is not known to have one is asked as Codex asks", () => {
  equal(findProfile("api.openai.com")?.search, "hosted");
  equal(profileNamed("generic")?.search, "hosted");
});
