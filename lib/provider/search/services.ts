/**
 * Search services with keys of their own: Tavily, Exa, Brave, and a SearXNG that the user runs. Facts: docs/facts/search.md §3.
 *
 * @module
 */

import { objects, type SearchService, sourcesOf, withSites } from "./engine.ts";
import { filled, isObject } from "../../base/json.ts";

const tavily: SearchService = {
  title: "Tavily",
  base: "https://api.tavily.com",
  keyEnv: "TAVILY_API_KEY",
  request: ({ text, domains, days, count }, { base, key = "" }) => ({
    url: at(base, "/search"),
    headers: { authorization: `Bearer ${key}` },
    body: {
      query: text,
      max_results: count,
      ...(domains.length > 0 && { include_domains: [...domains] }),
      ...(days !== undefined && { time_range: range(days, ["day", "week", "month", "year"]) }),
    },
  }),
  read: ({ results }) => ({
    sources: sourcesOf(results, {
      url: ["url"],
      title: ["title"],
      text: ["content"],
      date: ["published_date"],
    }),
  }),
};

const exa: SearchService = {
  title: "Exa",
  base: "https://api.exa.ai",
  keyEnv: "EXA_API_KEY",
  request: ({ text, domains, days, count }, { base, key = "" }) => ({
    url: at(base, "/search"),
    headers: { "x-api-key": key },
    body: {
      query: days === undefined ? text : `${text} (from the last ${days} days)`,
      type: "auto",
      numResults: count,
      contents: { highlights: true },
      ...(domains.length > 0 && { includeDomains: [...domains] }),
    },
  }),
  read: ({ results }) => ({
    sources: sourcesOf(
      objects(results).map((item) => ({
        ...item,
        quoted: Array.isArray(item.highlights)
          ? item.highlights.filter((each) => typeof each === "string").join(" … ")
          : "",
      })),
      {
        url: ["url"],
        title: ["title"],
        text: ["quoted", "summary", "text"],
        date: ["publishedDate"],
      },
    ),
  }),
};

const brave: SearchService = {
  title: "Brave Search",
  base: "https://api.search.brave.com",
  keyEnv: "BRAVE_API_KEY",
  request: (query, { base, key = "" }) => {
    const asked = new URLSearchParams({
      // no more than 400 characters are taken
      q: withSites(query).slice(0, 400),
      count: String(Math.min(query.count, 20)),
    });
    if (query.days !== undefined) {
      asked.set("freshness", range(query.days, ["pd", "pw", "pm", "py"]));
    }
    return {
      url: `${at(base, "/res/v1/web/search")}?${asked}`,
      headers: { "x-subscription-token": key, accept: "application/json" },
    };
  },
  read: ({ web }) => ({
    sources: sourcesOf(isObject(web) ? web.results : [], {
      url: ["url"],
      title: ["title"],
      text: ["description"],
      date: ["page_age", "age"],
    }).map((source) => ({ ...source, text: source.text.replace(/<\/?strong>/g, "") })),
  }),
};

const searxng: SearchService = {
  title: "SearXNG",
  base: undefined,
  request: (query, { base, key }) => {
    const asked = new URLSearchParams({ q: withSites(query), format: "json" });
    if (query.days !== undefined) {
      asked.set("time_range", range(query.days, ["day", "week", "month", "year"]));
    }
    return {
      url: `${at(base, "/search")}?${asked}`,
      headers: {
        accept: "application/json",
        ...(filled(key) !== undefined && { authorization: `Bearer ${key}` }),
      },
    };
  },
  read: ({ results }) => ({
    sources: sourcesOf(results, {
      url: ["url"],
      title: ["title"],
      text: ["content"],
      date: ["publishedDate"],
    }),
  }),
};

/** The services by their names in `search.via`. */
export const SERVICES = { tavily, exa, brave, searxng } as const satisfies Record<
  string,
  SearchService
>;

/** The endpoint below a base; a base that names it already stays as it is. */
function at(base: string, path: string): string {
  return base.endsWith(path) ? base : base + path;
}

/** The name of the shortest range of a day, a week, a month and a year that has so many days. */
function range(
  days: number,
  [day, week, month, year]: readonly [string, string, string, string],
): string {
  return days <= 1 ? day : days <= 7 ? week : days <= 31 ? month : year;
}
