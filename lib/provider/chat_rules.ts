/**
 * How a provider's Chat Completions wire differs from the common one, as data. The translator reads this table and
 * knows no provider.
 *
 * Sources: docs/facts/providers.md §1.4, §1.5, §2-§7 (requests), §9 (streams).
 *
 * @module
 */

import type { FailureCode } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";

/**
 * What a finish reason means: a complete answer, one cut by its length limit (`response.incomplete`), or a failure,
 * whose code decides elsewhere whether the request is tried again.
 */
export type FinishMeaning = "completed" | "incomplete" | FailureCode;

/** The rules of one provider. All names are names on its wire. */
export interface ChatRules {
  readonly roles: {
    /** The role of the one message that opens the conversation. */
    readonly lead: "system" | "developer";
    /** The role of developer messages that come after it; many servers allow `system` at the start only. */
    readonly late: "system" | "developer" | "user";
  };
  /** In which order messages may stand. */
  readonly order: MessageOrder;
  /** Whether images are understood; if not, a placeholder says that one was left out. */
  readonly images: boolean;
  /** The content of an assistant message that has calls and no text. Never null: docs/facts/providers.md §1.4. */
  readonly emptyContent: Json;
  readonly reasoning: {
    /** The field in which an assistant message carries its reasoning back; `null`: it is not sent back. */
    readonly field: "reasoning_content" | "reasoning" | null;
    /** Whether a message with calls whose reasoning is lost gets `" "` there, because its absence is a 400. */
    readonly pad: boolean;
  };
  /** The fields that ask for a reasoning effort, by Codex's name for it. `default`: it names none, or an unknown one. */
  readonly efforts: Readonly<Record<string, JsonObject>>;
  /** Fields sent with every request. */
  readonly extra: JsonObject;
  /** Where the length limit stands, and the largest one the provider takes; that is sent when Codex names none. */
  readonly output: { readonly field: string; readonly max?: number };
  /** Request fields of the same name and meaning on both wires that the provider takes. All others are dropped. */
  readonly sends: readonly string[];
  /** Which `tool_choice` it takes: all, only `auto`, or not even the field. */
  readonly toolChoice: "any" | "auto" | "none";
  /** Whether `strict: true` may stand in a function. */
  readonly strict: boolean;
  /** How an answer schema is asked for: natively, as a JSON object with the schema in the prompt, or in the prompt alone. */
  readonly schema: "json_schema" | "json_object" | "prompt";
  /** Whether `stream_options: { include_usage: true }` is taken. */
  readonly includeUsage: boolean;
  /** Whether `<think>` in the text is reasoning. */
  readonly thinkTags: boolean;
  /** Whether a complete call of a declared tool, written out as text at the end of an answer, is taken as a call. */
  readonly textCalls: boolean;
  /** Whether HTML entities stand for the characters in the arguments of calls; only a shell's command is decoded. */
  readonly escapes: boolean;
  /** How the provider is given the beginning of an answer to continue; `null`: it can only answer again from the start. */
  readonly prefix: PrefixRule | null;
  /** Finish reasons; `*` stands for those not listed. */
  readonly finish: Readonly<Record<string, FinishMeaning>>;
  /** Cut from model ids, which carry it for other wires only. */
  readonly modelNoise?: RegExp;
  /** Models that differ from their provider; the first match wins. */
  readonly models: readonly ModelRules[];
}

/** How an answer is continued: its beginning is sent as the last message, the assistant's, and only the rest comes back. */
export interface PrefixRule {
  /** The field of that message that says so: `partial`. */
  readonly flag: string;
  /** The paths of a base URL below which alone it is known. */
  readonly path?: RegExp;
  /** Fields of a request which, all together, rule it out. */
  readonly unless?: JsonObject;
}

/** An order of messages that some servers demand; others take any. */
export interface MessageOrder {
  /** Whether a user's message may follow a tool's; if not, the assistant speaks between them. */
  readonly userAfterTool: boolean;
  /** Whether user and assistant must take turns, the user first, with instructions at the start only. */
  readonly alternate: boolean;
}

/** What differs for some models of a provider. */
interface ModelRules {
  /** Matched against the model id, vendor prefix included. */
  readonly match: RegExp;
  readonly rules: Partial<Omit<ChatRules, "models">>;
}

/** Every finish reason that any provider is known to send. */
export const FINISH: ChatRules["finish"] = {
  stop: "completed",
  tool_calls: "completed",
  function_call: "completed",
  tool_use: "completed",
  end_turn: "completed",
  stop_sequence: "completed",
  eos: "completed",
  length: "incomplete",
  max_tokens: "incomplete",
  content_filter: "moderated",
  sensitive: "moderated",
  repetition_truncation: "bad_answer",
  insufficient_system_resource: "overloaded",
  network_error: "broken_stream",
  aborted: "broken_stream",
  cancelled: "broken_stream",
  timeout: "broken_stream",
  error: "bad_answer",
  model_context_window_exceeded: "context_overflow",
  "*": "completed",
};

/** `reasoning_effort` with OpenAI's values. Everything above `high` is sent as `high`. */
const DEFAULT_EFFORTS: ChatRules["efforts"] = {
  default: {},
  none: {},
  minimal: { reasoning_effort: "low" },
  low: { reasoning_effort: "low" },
  medium: { reasoning_effort: "medium" },
  high: { reasoning_effort: "high" },
  xhigh: { reasoning_effort: "high" },
  max: { reasoning_effort: "high" },
  ultra: { reasoning_effort: "high" },
};

/** The rules for an unknown server: the request has the fewest fields, and every known form of answer is understood. */
export const GENERIC_CHAT: ChatRules = {
  roles: { lead: "system", late: "user" },
  order: { userAfterTool: true, alternate: false },
  images: true,
  emptyContent: "",
  reasoning: { field: "reasoning_content", pad: false },
  efforts: DEFAULT_EFFORTS,
  extra: {},
  output: { field: "max_tokens" },
  sends: ["temperature", "top_p"],
  toolChoice: "any",
  strict: false,
  schema: "json_schema",
  includeUsage: true,
  thinkTags: true,
  textCalls: true,
  escapes: false,
  prefix: null,
  finish: FINISH,
  models: [],
};

/**
 * Mistral's models, wherever they run: "Unexpected role 'user' after role 'tool'" (mistral-common#169, litellm#17761; read
 * 2026-11-25).
 */
export const MISTRAL_MODELS: ModelRules = {
  match: /mistral|mixtral|ministral|magistral|devstral|codestral|pixtral|voxtral/i,
  rules: { order: { userAfterTool: false, alternate: false } },
};

/** xAI's models, wherever they run: `cd /tmp &amp;&amp; ls` (openclaw#35173, deepagents#2954; read 2026-11-25). */
export const GROK_MODELS: ModelRules = {
  match: /(?:^|\/)grok/i,
  rules: { escapes: true },
};

/** The rules for one model of a provider: the provider's own, changed by the first entry of `models` that matches. */
export function chatRulesFor(rules: ChatRules, model: string): ChatRules {
  const special = rules.models.find(({ match }) => match.test(model));
  return special ? { ...rules, ...special.rules } : rules;
}

/** Tags of calls written as text (docs/facts/written-calls.md §1) that hold a list of `<invoke name="…">`, without their brackets. */
export const INVOKE_LISTS: readonly string[] = ["minimax:tool_call", "function_calls"];

/** The token that one vendor's newer models write before each tag. */
export const TAG_TOKEN = "]<]minimax[>[";
