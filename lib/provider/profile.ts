/**
 * A provider as data: a new one is a row, never an `if`.
 *
 * Facts come from docs/facts/providers.md; each row names its section. This module defines the shape only.
 *
 * @module
 */

import type { Timeouts, Wire } from "../config/config.ts";
import type { AnthropicRules } from "./anthropic_rules.ts";
import type { ChatRules } from "./chat_rules.ts";
import type { SchemaRules } from "./schema_rules.ts";
import type { SearchEngine } from "./search/engine.ts";

/** What an error of the provider means for the exchange. */
export type ErrorKind =
  /** Another try may succeed. */
  | "transient"
  /** Another try may succeed after the wait that the provider asks for. */
  | "rate_limited"
  /** Money or plan used up; the same next time. */
  | "quota"
  /** The key, the model, the request: the same next time. */
  | "refused"
  /** The provider's moderation refused the content; the same next time. */
  | "moderated"
  /** The conversation is longer than the model's window. */
  | "overflow";

/** What a phrase in an error's message means. */
export type Phrase = readonly [phrase: RegExp, kind: ErrorKind];

/** A key prefix that belongs to certain hosts only. */
interface KeyRule {
  /** `tp-` */
  readonly prefix: string;
  /** Hosts on which such a key works. */
  readonly hosts: readonly string[];
  /** One sentence for the user whose key and host do not match. */
  readonly hint: string;
}

/** Which tools and items the provider takes on its Responses wire. */
export interface ResponsesRules {
  /** Tool types it accepts; all others are turned into function tools or dropped. `"all"`: nothing is changed. */
  readonly toolTypes: "all" | readonly string[];
  /** Top-level request fields it refuses. */
  readonly drop: readonly string[];
  /** Whether `summary` on reasoning items must be emptied because the server folds it into the context. */
  readonly emptySummary: boolean;
  /** `text.format.type` values it takes; absent: any. */
  readonly textFormats?: readonly string[];
  /** `max_output_tokens` to send where the client names none, because the server's default cuts tool calls short. */
  readonly maxOutputTokens?: number;
}

/** A base path that speaks one wire only: `["/api/v1", "responses"]`. */
type PathRule = readonly [path: string, wire: Wire];

/** The efforts that Codex knows by name, least first. Before 0.142 it refuses a catalog with the last two. */
export type Effort = "none" | "minimal" | "low" | "medium" | "high" | "xhigh" | "max" | "ultra";

/** A model as a row knows it. What the provider's own list says of it wins. */
export interface RowModel {
  /** `acme-2-pro`, as requests name it. */
  readonly id: string;
  /** Its name in the list of models. */
  readonly title: string;
  /** Tokens of context. */
  readonly window: number;
  /** Whether it takes images. */
  readonly images: boolean;
  /** The efforts that it tells apart, least first; none where it does not think. @default low, medium, high */
  readonly efforts?: readonly Effort[];
}

/** An id that a provider serves no more. */
export interface RetiredModel {
  /** In lower case, without a `vendor/`. */
  readonly id: string;
  /** The day after which it was gone: `2026-10-21`. */
  readonly on: string;
  /** The id to use instead. */
  readonly successor: string;
}

/** A place where a provider is reached: a region, a plan. */
export interface Region {
  /** `China`, `coding plan, China`. */
  readonly title: string;
  readonly baseUrl: string;
  /** The variable that holds its key, where it is not the catalog's. */
  readonly keyEnv?: string;
  /** Its own models, where they are not the catalog's. */
  readonly models?: readonly RowModel[];
}

/** What `init --provider` writes for a provider, and what stands in its list of models while its own cannot be had. */
export interface Catalog {
  readonly baseUrl: string;
  /** The environment variable that holds its key; absent where it needs none. */
  readonly keyEnv?: string;
  /** Most capable first; the first one is chosen. None where only its own list says what there is. */
  readonly models: readonly RowModel[];
  /** Other places than {@link baseUrl}. @default none */
  readonly regions?: readonly Region[];
}

/** One provider: the fields of its row, with the defaults of `defaults.ts` where the row has none. */
export interface Profile {
  /** Its key in config.yaml: `mimo`. */
  readonly name: string;
  /** Its name in sentences: `MiMo`. */
  readonly title: string;
  /** Hosts that are this provider, exact, lower case. A relay goes nowhere else. */
  readonly hosts: readonly string[];
  /** For a server on this machine: the port on which it listens by default. */
  readonly localPort?: number;
  /** The wire used where config.yaml names none and no {@link paths} rule fits; `wireFor` decides. */
  readonly wire: Wire;
  /** Base paths that speak one wire only; the first that the base URL's path begins with wins. */
  readonly paths?: readonly PathRule[];
  /** Whether a ChatGPT login token may be sent there. */
  readonly takesLogin: boolean;
  /** Which of OpenAI's models it has: all, or some that nobody here knows. Absent: none. */
  readonly openaiModels?: "all" | "some";
  /** The first rule whose prefix fits a key speaks for it. */
  readonly keys: readonly KeyRule[];
  /** Deadlines that differ from the global defaults, in milliseconds. */
  readonly timeouts: Partial<Timeouts>;
  /**
   * What an error `code`, `type` or HTTP status means, compared as strings, case-insensitively. A code such as
   * `RateLimitExceeded.EndpointRPMExceeded` is also looked up by the part before its first dot.
   */
  readonly codes: Readonly<Record<string, ErrorKind>>;
  /** What a phrase in an error's message means; the first match wins, before code and status. */
  readonly phrases: readonly Phrase[];
  readonly responses: ResponsesRules;
  readonly chat: ChatRules;
  readonly anthropic: AnthropicRules;
  /** What a parameter schema of a tool may hold, on either wire. */
  readonly schemas: SchemaRules;
  /** Bytes that a request may have; images beyond them are left out. Absent: not known to be bounded. */
  readonly maxBody?: number;
  /**
   * Its own web search with the user's key, of several the first that it has. `"hosted"`: it answers Codex's search itself,
   * or nobody knows. Empty: it has none.
   */
  readonly search: "hosted" | readonly SearchEngine[];
  /** What `init --provider` writes; absent where its models are not known. */
  readonly catalog?: Catalog;
  /** Ids that it serves no more at its own hosts. @default none known */
  readonly retired?: readonly RetiredModel[];
}
