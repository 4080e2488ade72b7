/**
 * How a provider's Messages wire (Anthropic's API) differs from the common one, as data. The translator reads this table and
 * knows no provider.
 *
 * Sources: docs/facts/providers.md §15.
 *
 * @module
 */

import type { FailureCode } from "../base/errors.ts";
import { FINISH } from "./chat_rules.ts";

/**
 * What a `stop_reason` means: a complete answer, one cut by its length limit, one that the provider paused and goes on with
 * when it is asked again, or a failure.
 */
export type StopMeaning = "completed" | "incomplete" | "paused" | FailureCode;

/** The rules of one provider. */
export interface AnthropicRules {
  /** The header that carries the key. */
  readonly auth: "x-api-key" | "bearer";
  /** Whether images are understood; if not, a placeholder says that one was left out. */
  readonly images: boolean;
  /** Sent as `max_tokens`, which the API demands, where the client names no limit; also the largest one it takes. */
  readonly maxTokens: number;
  /** Tokens of thinking for Codex's efforts; 0: it does not think. `default`: the client names none, or an unknown one. */
  readonly budgets: Readonly<Record<string, number>>;
  /**
   * Whether reasoning goes back only with the signature that the provider gave it. Where a turn with calls has lost it, the
   * request goes up without thinking, because the provider would refuse it. If not, reasoning goes back with what there is.
   */
  readonly signed: boolean;
  /** Whether `cache_control` marks the part of the request that stays the same. */
  readonly cache: boolean;
  /** Whether an answer that does not think is continued when its beginning is the last message. */
  readonly prefill: boolean;
  readonly stop: Readonly<Record<string, StopMeaning>>;
}

/**
 * Every stop reason that the API is known to send, in lower case; `*` stands for the others. Gateways that translate the Chat
 * wire leave its finish reasons in.
 */
export const STOP: AnthropicRules["stop"] = {
  ...FINISH,
  end_turn: "completed",
  stop_sequence: "completed",
  tool_use: "completed",
  max_tokens: "incomplete",
  pause_turn: "paused",
  refusal: "moderated",
  model_context_window_exceeded: "context_overflow",
  "*": "completed",
};

/** Tokens of thinking by effort; the API takes no fewer than 1,024. */
const BUDGETS: AnthropicRules["budgets"] = {
  default: 0,
  none: 0,
  minimal: 1_024,
  low: 4_096,
  medium: 10_240,
  high: 24_576,
  xhigh: 32_768,
  max: 49_152,
  ultra: 49_152,
};

/** The rules for a server that speaks the API and about which nothing else is known. */
export const GENERIC_ANTHROPIC: AnthropicRules = {
  auth: "x-api-key",
  images: true,
  maxTokens: 64_000,
  budgets: BUDGETS,
  signed: true,
  cache: true,
  prefill: false,
  stop: STOP,
};

/**
 * The rules for the other makers that offer this API beside their own: the key goes as Claude Code's `ANTHROPIC_AUTH_TOKEN`
 * does, and thinking comes back without being checked (docs/facts/providers.md §15).
 */
export const UNSIGNED: AnthropicRules = { ...GENERIC_ANTHROPIC, auth: "bearer", signed: false };
