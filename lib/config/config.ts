/**
 * The shape of a loaded configuration: every duration in milliseconds, every size in bytes, nothing optional left open.
 *
 * `schema.ts` says what a user may write and what each setting defaults to; the rest of the program sees only this.
 *
 * @module
 */

import type { PriceSetting } from "./kinds.ts";

/** The default of `drain.limit`: ten seconds less than the services that `service install` makes are given. */
export const DRAIN_LIMIT_MS = 80_000;

/** The API of an upstream: OpenAI's Responses or Chat Completions, or Anthropic's Messages. */
export type Wire = "responses" | "chat" | "anthropic";

/** The deadlines of one attempt, in milliseconds. */
export interface Timeouts {
  /** From the first packet to an open connection. */
  readonly connect: number;
  /** From the sent request to the response head. */
  readonly head: number;
  /** From the response head to the first content. */
  readonly firstEvent: number;
  /** From one byte to the next, once content has come. */
  readonly silence: number;
  /** From one piece of content to the next, while bytes (comments, pings) come. */
  readonly progress: number;
}

/** How often and how long one exchange is tried. */
export interface Retry {
  /** Upstream requests in all, the first one included. */
  readonly attempts: number;
  /** The sum of all waits between attempts, in milliseconds. */
  readonly maxWait: number;
  /** Failures before the next of `fallback` is asked. @default 2 */
  readonly beforeFallback?: number;
}

/** Where a key is read from: a variable of the environment, or a file that only its owner may read. */
export interface KeySource {
  readonly from: "env" | "file";
  /** The variable's name or the file's path. */
  readonly name: string;
}

/** Where it is kept what replicas share. */
export type StateSource =
  /** Nothing is shared. */
  | { readonly from: "memory" }
  /** Holds a password, perhaps. */
  | { readonly from: "url"; readonly url: string }
  /** The URL stands in a variable or in a file that only its owner may read. */
  | KeySource;

/** Who searches the web. */
export interface SearchConfig {
  readonly via: "provider" | "tavily" | "exa" | "brave" | "searxng" | "off";
  /** Base of the search service; its own where `null`. */
  readonly url: string | null;
  /** Name of the environment variable that holds its key; the service's usual one where `null`. */
  readonly apiKeyEnv: string | null;
}

/** One entry under `upstreams`. What the user left out is `undefined` and comes from the provider's profile or the globals. */
export interface UpstreamConfig {
  readonly baseUrl: string;
  readonly wire?: Wire;
  readonly provider?: string;
  /** Name of the environment variable that holds the key replacing the client's; the first one of several. */
  readonly apiKeyEnv?: string;
  /** Where all its keys are read from; absent where there is none but {@link apiKeyEnv}. */
  readonly apiKeys?: readonly KeySource[];
  /** Who answers where it cannot, in this order: `upstream` or `upstream/model`. @default nobody */
  readonly fallback?: readonly string[];
  /** Requests at once for each of its keys; absent: as many as come. */
  readonly concurrency?: number;
  readonly models: readonly string[];
  readonly timeouts: Partial<Timeouts>;
  readonly retry: Partial<Retry>;
}

/** One entry under `users`. */
export interface UserConfig {
  /** Where the token is read that tells who asks. */
  readonly token: KeySource;
  /** The models that may be asked; empty: all. */
  readonly models: readonly string[];
  /** Tokens, input and output together, from midnight to midnight UTC; absent: as many as come. */
  readonly tokensPerDay?: number;
  /** Requests in one minute; absent: as many as come. */
  readonly requestsPerMinute?: number;
}

/** The log's levels, least to most important. */
type LogLevel = "trace" | "debug" | "info" | "warning" | "error";

/** A complete configuration. */
export interface Config {
  readonly listen: {
    readonly host: string;
    readonly port: number;
    readonly token: string | null;
    /** Addresses and networks whose `X-Forwarded-For` is believed. @default none */
    readonly trustedProxies?: readonly string[];
  };
  /** Who may use the sidecar, by name. @default whoever reaches it, with `listen.token` where there is one */
  readonly users?: ReadonlyMap<string, UserConfig>;
  readonly heartbeat: { readonly interval: number };
  /** What Codex's status line says while it waits: from how much silence on, in milliseconds (`null`: nothing), and in which language. */
  readonly status: { readonly after: number | null; readonly language: "auto" | "en" | "zh" };
  readonly headGrace: number;
  /** Most milliseconds without a byte while a request body is read. */
  readonly clientTimeout: number;
  readonly timeouts: Timeouts;
  /** The deadlines that the user chose. They win over a provider's own, which win over the defaults. */
  readonly chosenTimeouts: Partial<Timeouts>;
  readonly retry: Retry;
  readonly limits: { readonly body: number; readonly event: number; readonly toolCalls: number };
  readonly relay: { readonly hosts: readonly string[]; readonly fallback?: readonly string[] };
  readonly search: SearchConfig;
  readonly helpers: {
    /** `model` or `upstream/model`; `null`: the session's own model. */
    readonly model: string | null;
  };
  readonly vision: {
    /** `upstream/model`, the upstream one of {@link upstreams}. */
    readonly model: string | null;
  };
  readonly images: {
    /** One of {@link upstreams}. */
    readonly upstream: string | null;
  };
  /** In the order of the file: the first one is the default. */
  readonly upstreams: ReadonlyMap<string, UpstreamConfig>;
  /** Where it is kept what replicas share. @default in this process, so that nothing is shared */
  readonly state?: StateSource;
  /** How it stops, in milliseconds: how long it still accepts, and how long a supervisor's SIGTERM lets exchanges run. @default 0, {@link DRAIN_LIMIT_MS} */
  readonly drain?: { readonly notice: number; readonly limit: number };
  /** How long figures of turns are kept on disk, in milliseconds; `null`: not at all. */
  readonly history: number | null;
  readonly prices: readonly PriceSetting[];
  readonly log: {
    readonly level: LogLevel;
    readonly format: "text" | "json";
    readonly dir: string | null;
  };
}
