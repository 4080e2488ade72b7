/**
 * Who searches for a request: what `search.via` says, as the engines to try in order, or the sentence why nobody does.
 *
 * @module
 */

import { filled } from "../../base/json.ts";
import { keyFault, trimmedKey } from "../../base/secrets/key_text.ts";
import type { SearchConfig } from "../../config/config.ts";
import type { SearchEngine, SearchPlace } from "../../provider/search/engine.ts";
import { SERVICES } from "../../provider/search/services.ts";
import type { Target } from "../route/target.ts";

/** The engines of one request. */
export interface Chosen {
  /** In sentences. */
  readonly title: string;
  /** The first one that is there is asked. */
  readonly engines: readonly SearchEngine[];
  readonly place: SearchPlace;
  /** Whether the client's own headers go along, its key among them. */
  readonly own: boolean;
}

/** Nobody searches. */
export interface Nobody {
  /** Why, as one sentence for the model. */
  readonly why: string;
  /** Whether nothing is to be fetched from the web at all. */
  readonly off: boolean;
}

/** The sentence for a web search that the user switched off. */
export const OFF =
  "Web search is switched off here (search.via: off in the sidecar's config.yaml). Go on without it, and say that " +
  "nothing was looked up.";

/**
 * Chooses.
 *
 * @param env reads an environment variable
 * @returns `"hosted"` where the provider answers Codex's search itself, if anybody does
 */
export function chooseEngines(
  { via, url, apiKeyEnv }: SearchConfig,
  target: Pick<Target, "base" | "title" | "profile">,
  model: string,
  env: (name: string) => string | undefined,
): Chosen | Nobody | "hosted" {
  if (via === "off") return { why: OFF, off: true };
  if (via === "provider") {
    const { title, base, profile: { search } } = target;
    if (search === "hosted") return "hosted";
    if (search.length === 0) return { why: hasNone(title), off: false };
    return { title, engines: search, place: { base, model }, own: true };
  }
  const { title, base: usual, keyEnv, ...engine } = SERVICES[via];
  const base = url ?? usual;
  if (base === undefined) {
    return {
      why: `The search failed: search.via is ${via}, but search.url is not set.`,
      off: false,
    };
  }
  const name = apiKeyEnv ?? keyEnv;
  const key = name === undefined ? undefined : filled(env(name));
  const fault =
    name === undefined || (key === undefined && keyEnv === undefined && apiKeyEnv === null)
      ? undefined
      : key === undefined
      ? "is not set where the sidecar runs"
      : keyFault(key);
  if (fault !== undefined) {
    const why =
      `The search failed: ${title} needs a key, and the environment variable ${name} ${fault}.`;
    return { why, off: false };
  }
  const place = { base, model, ...(key !== undefined && { key: trimmedKey(key) }) };
  return { title, engines: [engine], place, own: false };
}

/** The sentence for a provider without a search. */
export function hasNone(title: string): string {
  return `${title} has no web search that the sidecar could ask. Go on without it, and say that nothing was looked up. ` +
    "(The user can set search.via to tavily, exa, brave or searxng in the sidecar's config.yaml.)";
}
