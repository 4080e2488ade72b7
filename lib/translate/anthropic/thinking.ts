/**
 * Thinking on the Messages wire: how much is asked for, and the blocks that go back.
 *
 * A provider that signs its thinking takes it back only unchanged, with the signature; what another provider thought is left
 * out there.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import type { AnthropicRules } from "../../provider/anthropic_rules.ts";
import type { Block } from "../../wire/anthropic.ts";
import type { Receiver } from "../chat/messages.ts";
import { readReasoning, stateOf } from "../opaque/reasoning_mark.ts";
import { blocksOf } from "./thinking_state.ts";

/** The fewest tokens of thinking that the API takes. */
export const LEAST_BUDGET = 1_024;

/** The tokens of thinking that a request asks for; 0: none. */
export function budgetOf({ reasoning }: JsonObject, { budgets }: AnthropicRules): number {
  const word = isObject(reasoning) ? filled(reasoning.effort) : undefined;
  const key = word !== undefined && Object.hasOwn(budgets, word) ? word : "default";
  return budgets[key] ?? 0;
}

/**
 * The blocks that a reasoning item of ours stands for; none where the provider would refuse them.
 *
 * @param to to whom they go; without it nothing that was signed goes back
 */
export function thinkingBlocks(
  item: JsonObject,
  { signed }: AnthropicRules,
  to?: Receiver,
): Block[] {
  const text = readReasoning(item, to?.name) ?? "";
  const mark = filled(item.encrypted_content);
  const refused = mark !== undefined && to?.refused?.(mark);
  const state = refused ? undefined : stateOf(item, to?.name);
  const blocks = state?.message && blocksOf(state.message, text);
  if (blocks) return blocks.filter(({ signature }) => !signed || signature !== "");
  return signed || text === "" ? [] : [{ type: "thinking", thinking: text, signature: "" }];
}
