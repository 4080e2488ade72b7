/**
 * Turns of a conversation to messages of the Messages API.
 *
 * User and assistant alternate, the user first. The results of a turn's calls stand at the beginning of the one user message
 * right behind it, all of them and nothing else before.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import type { AnthropicRules } from "../../provider/anthropic_rules.ts";
import type { AnthropicMessage, Block } from "../../wire/anthropic.ts";
import { NO_OUTPUT, type Receiver } from "../chat/messages.ts";
import { type AssistantTurn, toTurns } from "../chat/turns.ts";
import { OPENING } from "../request/message_order.ts";
import { answerOf } from "../opaque/reasoning_mark.ts";
import { SentCallIds } from "./call_ids.ts";
import { contentBlocks, textBlocks } from "./content.ts";
import { thinkingBlocks } from "./thinking.ts";

/** What an earlier call's output is introduced by, where the call itself is gone. */
const ORPHAN = "[Output of an earlier tool call that is no longer shown]";

/** The conversation as a Messages server takes it. */
interface Conversation {
  /** Instructions at its beginning. */
  readonly lead: string[];
  readonly messages: AnthropicMessage[];
  /** The ids of all calls in the history, as Codex knows them. */
  readonly taken: ReadonlySet<string>;
  /** The id of the answer that the conversation ends in the middle of; `undefined` where it ends otherwise. */
  readonly unfinished: string | undefined;
  /** Whether the calls of the turn that goes on have reasoning with them, where they must. */
  readonly thinks: boolean;
}

/** Builds the messages. @param to to whom they go; without it no signed thinking goes back */
export function toAnthropicMessages(
  input: readonly Json[],
  rules: AnthropicRules,
  to?: Receiver,
): Conversation {
  const lead: string[] = [];
  const messages: AnthropicMessage[] = [];
  const taken = new Set<string>();
  const ids = new SentCallIds();
  const turns = toTurns(input);
  let thinks = true;
  for (const turn of turns) {
    if (turn.kind === "assistant") {
      for (const { call } of turn.calls) taken.add(filled(call.call_id) ?? "");
      const { own, results, thought } = assistant(turn, ids, rules, to);
      add(messages, "assistant", own);
      add(messages, "user", results);
      if (turn.calls.length > 0 && !thought) thinks = false;
      continue;
    }
    const { item } = turn;
    const blocks = contentBlocks(turn.kind === "orphan" ? item.output : item.content, rules.images);
    if (turn.kind === "orphan") add(messages, "user", [...textBlocks(ORPHAN), ...blocks]);
    else if (messages.length === 0 && isInstruction(item)) {
      lead.push(...blocks.map(({ text }) => filled(text) ?? ""));
    } else {
      // A new word of the user ends the turn: what was thought before it need not be there.
      if (!isInstruction(item)) thinks = true;
      add(messages, "user", blocks);
    }
  }
  // The API takes no request without a word of the user.
  if (messages[0]?.role !== "user") {
    messages.unshift({ role: "user", content: textBlocks(OPENING) });
  }
  const last = turns.at(-1);
  const thought = last?.kind === "assistant" ? last.reasoning.at(-1) : undefined;
  const goesOn = messages.at(-1)?.role === "assistant";
  return {
    lead,
    messages,
    taken,
    unfinished: goesOn && thought ? answerOf(thought) : undefined,
    thinks: thinks || !rules.signed,
  };
}

/** The last text of the assistant without the blanks at its end, which the API refuses there. */
export function withoutTrailingBlanks(
  messages: readonly AnthropicMessage[],
): readonly AnthropicMessage[] {
  const last = messages.at(-1);
  const end = last?.content.at(-1);
  if (last?.role !== "assistant" || end?.type !== "text") return messages;
  const text = (filled(end.text) ?? "").trimEnd();
  return [...messages.slice(0, -1), {
    role: "assistant",
    content: [...last.content.slice(0, -1), { ...end, text }],
  }];
}

/** Adds blocks, to the last message where it has the same role. */
function add(messages: AnthropicMessage[], role: AnthropicMessage["role"], blocks: Block[]): void {
  if (blocks.length === 0) return;
  const last = messages.at(-1);
  if (last?.role === role) { for (const block of blocks) last.content.push(block); }
  else messages.push({ role, content: blocks });
}

function assistant(
  { reasoning, messages, said, calls }: AssistantTurn,
  ids: SentCallIds,
  rules: AnthropicRules,
  to: Receiver | undefined,
): { own: Block[]; results: Block[]; thought: boolean } {
  const thoughts = new Map(reasoning.map((item) => [item, thinkingBlocks(item, rules, to)]));
  const texts = new Map(messages.map((item) => [item, contentBlocks(item.content, false)]));
  const thought = [...thoughts.values()].some(({ length }) => length > 0);
  // Reasoning without text or call is no message.
  if (calls.length === 0 && [...texts.values()].every(({ length }) => length === 0)) {
    return { own: [], results: [], thought: false };
  }
  const blocks = said.flatMap((item) => thoughts.get(item) ?? texts.get(item) ?? []);
  const own = calls.length > 0 ? blocks : endingInText(blocks);
  const results: Block[] = [];
  for (const { call, output } of calls) {
    const id = ids.next(filled(call.call_id) ?? "");
    own.push({
      type: "tool_use",
      id,
      name: filled(call.name) ?? "unknown",
      input: argumentsOf(call),
    });
    const content = output ? contentBlocks(output.output, rules.images) : textBlocks(NO_OUTPUT);
    results.push({ type: "tool_result", tool_use_id: id, ...(content.length > 0 && { content }) });
  }
  return { own, results, thought };
}

/** The API refuses a message that ends in thinking: what stands there goes in front of the last text. */
function endingInText(blocks: Block[]): Block[] {
  const text = blocks.findLastIndex(({ type }) => type === "text" || type === "image");
  return text < 0
    ? blocks
    : [...blocks.slice(0, text), ...blocks.slice(text + 1), ...blocks.slice(text, text + 1)];
}

/** The arguments as an object, whatever the model wrote. */
function argumentsOf({ arguments: args }: JsonObject): JsonObject {
  if (isObject(args)) return args;
  if (typeof args !== "string" || args.trim() === "") return {};
  const json = parseJson(args);
  return isObject(json) ? json : { _raw: args };
}

function isInstruction({ role }: JsonObject): boolean {
  return role === "developer" || role === "system";
}
