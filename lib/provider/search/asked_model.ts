/**
 * Engines that are models: one is asked to search with a tool of its provider's own, and says where it found what.
 *
 * Every provider puts the pages it found into another field. All fields that are known are read, whoever answers.
 * Facts: docs/facts/search.md §2.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import {
  distinct,
  objects,
  type SearchAnswer,
  type SearchEngine,
  type SearchQuery,
  type Source,
  sourcesOf,
} from "./engine.ts";

/** Longest answer of a model, in tokens. */
const MAX_ANSWER = 4_096;
/** Most rounds of a tool that the provider carries out and the client echoes. */
const MOST_ECHOES = 4;
/** Longest answer in which addresses are looked for, in characters. */
const MAX_SCANNED = 100_000;

const FIELDS = {
  url: ["url", "link"],
  title: ["title", "site_name"],
  text: ["summary", "content", "snippet"],
  date: ["publish_time", "publish_date", "date"],
};

/** A model on Chat Completions. @param fields what switches its search on, beside model and messages */
export function chatEngine(fields: (query: SearchQuery) => JsonObject): SearchEngine {
  return {
    request: (query, { base, model }) => ({
      url: `${base}/chat/completions`,
      body: {
        model,
        stream: false,
        messages: [{ role: "user", content: instruction(query) }],
        ...fields(query),
      },
    }),
    read(json, sent) {
      const [choice] = objects(json.choices);
      const message = isObject(choice?.message) ? choice.message : {};
      const calls = objects(message.tool_calls);
      const messages = isObject(sent.body) ? objects(sent.body.messages) : [];
      if (calls.length > 0 && messages.length < 1 + 2 * MOST_ECHOES) {
        return { next: { ...sent, body: { ...sent.body, messages: echoed(messages, message) } } };
      }
      const error = filled(message.error_message);
      const text = filled(message.content);
      if (text === undefined && error !== undefined) return { error };
      const info = isObject(json.search_info) ? json.search_info : {};
      const found = [
        ...citations(message.annotations),
        ...sourcesOf(json.web_search, FIELDS),
        ...sourcesOf(info.search_results, FIELDS),
      ];
      return answer(found, text);
    },
  };
}

/** A model on Responses. @param tools its hosted tools */
export function responsesEngine(tools: JsonObject[], fields: JsonObject = {}): SearchEngine {
  return {
    request: (query, { base, model }) => ({
      url: `${base}/responses`,
      body: {
        model,
        stream: false,
        store: false,
        input: [{
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: instruction(query) }],
        }],
        tools,
        ...fields,
      },
    }),
    read(json) {
      const output = objects(json.output);
      const parts = output.flatMap(({ type, content }) =>
        type === "message" ? objects(content) : []
      );
      const found = [
        ...parts.flatMap(({ annotations }) => citations(annotations)),
        ...output.flatMap(({ action, results }) => [
          ...(isObject(action)
            ? [...sourcesOf([action], FIELDS), ...sourcesOf(action.sources, FIELDS)]
            : []),
          ...sourcesOf(results, FIELDS),
        ]),
      ].map((source) => ({ ...source, url: source.url.replace(/#ws_call_id=.*$/, "") }));
      const searched = found.length > 0 || output.some(({ type }) => type === "web_search_call");
      // A tool that is ignored leaves an answer from memory
      if (!searched) return { error: "it answered without a search" };
      return answer(found, filled(parts.map(({ text }) => filled(text) ?? "").join("\n").trim()));
    },
  };
}

function instruction({ text, domains, days, count }: SearchQuery): string {
  return [
    `Search the web for: ${text}`,
    ...(domains.length > 0 ? [`Use pages of these sites only: ${domains.join(", ")}`] : []),
    ...(days === undefined ? [] : [`Use pages of the last ${days} days only`]),
    `Report what the best ${count} pages say, briefly and in facts, each fact with the page's title and full URL. ` +
    "Do not answer from memory.",
  ].join("\n");
}

/** The field that bounds a model's answer on Chat Completions. */
export const BOUNDED = { max_tokens: MAX_ANSWER } as const;

/** The conversation with the calls sent back: the provider carries them out when it sees its own arguments again. */
function echoed(messages: readonly JsonObject[], message: JsonObject): JsonObject[] {
  const outputs = objects(message.tool_calls).map((call) => {
    const called = isObject(call.function) ? call.function : {};
    return {
      role: "tool",
      tool_call_id: call.id ?? "",
      name: called.name ?? "",
      content: called.arguments ?? "{}",
    };
  });
  return [...messages, message, ...outputs];
}

/** `url_citation`s, flat as the Responses API has them or nested as Chat Completions has them. */
function citations(annotations: Json | undefined): Source[] {
  const flat = objects(annotations).map((each) =>
    isObject(each.url_citation) ? each.url_citation : each
  );
  return sourcesOf(flat, FIELDS);
}

/** Where no field names a page, the addresses in the text are the sources. */
function answer(found: readonly Source[], text: string | undefined): SearchAnswer {
  const sources = distinct(found.length > 0 || text === undefined ? found : written(text));
  return { sources, ...(text !== undefined && { text }) };
}

function written(text: string): Source[] {
  const urls =
    text.slice(0, MAX_SCANNED).match(/https?:\/\/[^\s<>"'`()[\]{}（）「」，。、；]{1,500}/g) ?? [];
  return urls.map((url) => ({ url: url.replace(/[.,;:!?*]+$/, ""), title: "", text: "" }));
}
