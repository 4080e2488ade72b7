/**
 * A web search as data: what one query sends to an engine, and how its answer is read.
 *
 * Its rule: an engine never waits and never throws for a strange answer; what is missing is left out. Sources of the facts:
 * docs/facts/search.md §2 and §3.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** What is searched for. */
export interface SearchQuery {
  readonly text: string;
  /** Host names that the results must come from; empty: any. */
  readonly domains: readonly string[];
  /** Only pages of so many recent days; absent: of any time. */
  readonly days?: number;
  /** Most results. */
  readonly count: number;
}

/** Where an engine is, and whom it is asked for. */
export interface SearchPlace {
  /** The provider's base URL as requests use it, or the service's own, without a slash at its end. */
  readonly base: string;
  /** The session's model. */
  readonly model: string;
  /** The key of a search service; absent where the headers of the client's request hold it. */
  readonly key?: string;
}

/** One HTTP request to an engine. */
export interface SearchRequest {
  readonly url: string;
  /** Beside those of the client's own request. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent by POST as JSON; absent: a GET. */
  readonly body?: JsonObject;
}

/** One page that was found. */
export interface Source {
  readonly url: string;
  readonly title: string;
  /** What the engine quotes of it; may be empty. */
  readonly text: string;
  readonly date?: string;
}

/** What an engine answered. */
export type SearchAnswer =
  | {
    readonly sources: readonly Source[];
    /** What a model wrote about them, where the engine is one. */
    readonly text?: string;
  }
  /** The engine wants a further request before it has an answer. */
  | { readonly next: SearchRequest }
  /** The engine's own words for a failure in an HTTP 200. */
  | { readonly error: string };

/** One engine. */
export interface SearchEngine {
  /** Its first request. */
  request(query: SearchQuery, place: SearchPlace): SearchRequest;
  /** Its answer. @param sent the request that was answered */
  read(json: JsonObject, sent: SearchRequest): SearchAnswer;
}

/** A search service that the user has a key for, under `search.via`. */
export interface SearchService extends SearchEngine {
  readonly title: string;
  /** Its own base; `undefined` where it is wherever the user runs it. */
  readonly base: string | undefined;
  /** The variable that holds the key where `search.api_key` names none; absent: it needs no key. */
  readonly keyEnv?: string;
}

/** The objects of a list; of anything else, none. */
export function objects(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

/** Makes sources of a list by the names that its fields may have, first come first; those without an address are left out. */
export function sourcesOf(
  list: Json | undefined,
  { url, title, text, date }: Readonly<
    Record<"url" | "title" | "text" | "date", readonly string[]>
  >,
): Source[] {
  const first = (item: JsonObject, names: readonly string[]) =>
    names.map((name) => filled(item[name])).find((value) => value !== undefined);
  return objects(list).flatMap((item) => {
    const address = first(item, url);
    if (address === undefined || !/^https?:\/\//i.test(address)) return [];
    const day = first(item, date);
    return [{
      url: address,
      title: first(item, title) ?? "",
      text: first(item, text) ?? "",
      ...(day !== undefined && { date: day }),
    }];
  });
}

/** Sources without repeated addresses, in their order; a later one fills in what an earlier one left out. */
export function distinct(sources: readonly Source[]): Source[] {
  const byUrl = new Map<string, Source>();
  for (const source of sources) {
    const known = byUrl.get(source.url);
    byUrl.set(source.url, known ? { ...source, ...nonEmpty(known) } : source);
  }
  return [...byUrl.values()];
}

function nonEmpty(source: Source): Partial<Source> {
  return Object.fromEntries(Object.entries(source).filter(([, value]) => value !== ""));
}

/** The query with its domains as operators, for engines that have no field for them. */
export function withSites({ text, domains }: SearchQuery): string {
  if (domains.length === 0) return text;
  return `${text} (${domains.map((domain) => `site:${domain}`).join(" OR ")})`;
}
