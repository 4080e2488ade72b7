/**
 * Translates a Responses request with function tools to a body of the Messages API.
 *
 * A field is sent only if it is named here or in the provider's rules, so that a field which Codex adds in a later version
 * cannot cause a 400.
 *
 * @module
 */

import { filled, type Json, type JsonObject } from "../../base/json.ts";
import type { AnthropicRules } from "../../provider/anthropic_rules.ts";
import type { AnthropicMessage, Block } from "../../wire/anthropic.ts";
import type { Receiver } from "../chat/messages.ts";
import { answerFormat } from "../chat/answer_format.ts";
import { GENERIC_CHAT } from "../../provider/chat_rules.ts";
import { withCacheMarks } from "./cache_marks.ts";
import { textBlocks } from "./content.ts";
import { toAnthropicMessages, withoutTrailingBlanks } from "./messages.ts";
import { budgetOf, LEAST_BUDGET } from "./thinking.ts";
import { toolFields } from "./tools.ts";

/** A request as it goes to a Messages server, and what the decoder of its answer needs to know. */
interface AnthropicRequest {
  readonly body: JsonObject;
  /** The ids of all calls in the history, as Codex knows them. New ones must differ. */
  readonly taken: ReadonlySet<string>;
  /** The id of the answer that the request asks to continue. */
  readonly unfinished: string | undefined;
}

/** Tokens that are left for the answer itself where the limit is smaller than the thinking that was asked for. */
const LEAST_ANSWER = 1_024;

/**
 * Translates a request whose tools are all functions.
 *
 * @param context `prefix`: how the answer begins, only where {@link takesPrefill}; `to`: to whom it goes
 */
export function toAnthropic(
  request: JsonObject,
  rules: AnthropicRules,
  { prefix, to }: { readonly prefix?: string; readonly to?: Receiver } = {},
): AnthropicRequest {
  const begun = prefix === undefined
    ? []
    : [{ type: "message", role: "assistant", content: prefix }];
  const conversation = toAnthropicMessages([...inputOf(request), ...begun], rules, to);
  const { taken, unfinished } = conversation;
  const system = systemBlocks(request, conversation.lead);
  const messages: readonly AnthropicMessage[] = withoutTrailingBlanks(conversation.messages);
  const limit = limitOf(request, rules);
  const budget = conversation.thinks && prefix === undefined
    ? Math.min(budgetOf(request, rules), limit - LEAST_ANSWER)
    : 0;
  const thinking = budget >= LEAST_BUDGET;
  const marked = rules.cache ? withCacheMarks({ system, messages }) : { system, messages };
  const body: JsonObject = {
    model: filled(request.model) ?? "",
    max_tokens: limit,
    ...(marked.system.length > 0 && { system: [...marked.system] }),
    messages: [...marked.messages],
    ...toolFields(request, thinking),
    ...(thinking ? { thinking: { type: "enabled", budget_tokens: budget } } : sampling(request)),
    stream: true,
  };
  return { body, taken, unfinished };
}

/** Whether the provider continues an answer to this request when its beginning is the last message: never while it thinks. */
export function takesPrefill(request: JsonObject, rules: AnthropicRules): boolean {
  return rules.prefill && budgetOf(request, rules) === 0;
}

function inputOf({ input }: JsonObject): readonly Json[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return Array.isArray(input) ? input : [];
}

/** Instructions, then those that the input opens with, then the answer's format, which the API has no field for. */
function systemBlocks(request: JsonObject, lead: readonly string[]): Block[] {
  const { instructions } = answerFormat(request, { ...GENERIC_CHAT, schema: "prompt" });
  return [filled(request.instructions) ?? "", ...lead, ...instructions].flatMap(textBlocks);
}

function limitOf({ max_output_tokens: asked }: JsonObject, { maxTokens }: AnthropicRules): number {
  return typeof asked === "number" && asked >= 1
    ? Math.min(Math.trunc(asked), maxTokens)
    : maxTokens;
}

/** The API takes one of the two, and neither while it thinks. */
function sampling({ temperature, top_p }: JsonObject): JsonObject {
  if (typeof temperature === "number") {
    return { temperature: Math.min(Math.max(temperature, 0), 1) };
  }
  return typeof top_p === "number" ? { top_p } : {};
}
