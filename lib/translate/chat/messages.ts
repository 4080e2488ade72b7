/**
 * Turns of a conversation to Chat messages.
 *
 * One turn of the model is one message with its reasoning, its text and all its calls; its tool messages follow in the order
 * of the calls. Content is never null.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import type { ChatRules } from "../../provider/chat_rules.ts";
import type { ChatCall, ChatMessage } from "../../wire/chat.ts";
import { originalCallId } from "../answer/call_ids.ts";
import { readContent, userContent } from "./content.ts";
import { inOrder } from "../request/message_order.ts";
import { joinStates, type OpaqueState } from "../opaque/state.ts";
import { answerOf, readReasoning, stateOf } from "../opaque/reasoning_mark.ts";
import { type AnsweredCall, type AssistantTurn, type OtherTurn, toTurns } from "./turns.ts";

/** The output of a call whose tool gave none. */
export const NO_OUTPUT = "[No output: the call was interrupted before it finished.]";

/** To whom a conversation goes: what came from others of what only its sender can read stays behind. */
export interface Receiver {
  /** See `senderName`. */
  readonly name: string;
  /** Whether a mark holds state that the receiver refused. @default none does */
  readonly refused?: (mark: string) => boolean;
}

/** The conversation as a Chat server takes it. */
export interface Conversation {
  readonly messages: ChatMessage[];
  /** The ids of all calls in the history, as Codex knows them. */
  readonly taken: ReadonlySet<string>;
  /** The id of the answer that the conversation ends in the middle of; `undefined` where it ends otherwise. */
  readonly unfinished: string | undefined;
}

/**
 * Builds the messages. `lead` are texts for the opening system message, before those the input brings. Without a `receiver`
 * reasoning goes up, whoever it came from, and no state does.
 */
export function toMessages(
  input: readonly Json[],
  lead: readonly string[],
  rules: ChatRules,
  receiver?: Receiver,
): Conversation {
  const opening = [...lead];
  const messages: ChatMessage[] = [];
  const taken = new Set<string>();
  const turns = toTurns(input);
  for (const turn of turns) {
    if (turn.kind === "assistant") {
      for (const { call } of turn.calls) taken.add(filled(call.call_id) ?? "");
      for (const message of assistant(turn, rules, receiver)) messages.push(message);
    } else if (turn.kind === "orphan") {
      messages.push(orphan(turn.item, rules));
    } else if (isInstruction(turn.item)) {
      const { text } = readContent(turn.item.content, false);
      if (text === "") continue;
      if (messages.length === 0) opening.push(text);
      else messages.push({ role: rules.roles.late, content: text });
    } else {
      const content = userContent(readContent(turn.item.content, rules.images));
      if (content !== "") messages.push({ role: "user", content });
    }
  }
  const first: ChatMessage[] = opening.length === 0
    ? []
    : [{ role: rules.roles.lead, content: opening.join("\n\n") }];
  const unfinished = messages.at(-1)?.role === "assistant" ? answerIn(turns.at(-1)) : undefined;
  const ordered = [...inOrder([...first, ...messages], rules.order)];
  return { messages: ordered, taken, unfinished };
}

function answerIn(turn: AssistantTurn | OtherTurn | undefined): string | undefined {
  const thought = turn?.kind === "assistant" ? turn.reasoning.at(-1) : undefined;
  return thought && answerOf(thought);
}

function isInstruction(item: JsonObject): boolean {
  return item.role === "developer" || item.role === "system";
}

function assistant(
  { reasoning, messages, calls }: AssistantTurn,
  rules: ChatRules,
  receiver: Receiver | undefined,
): ChatMessage[] {
  const text = joined(messages.map(({ content }) => plainText(content)));
  // Reasoning without text or call has no message that could hold it.
  if (text.trim() === "" && calls.length === 0) return [];
  const sent = sentIds(calls);
  const state = stateFor(reasoning, receiver);
  const message: ChatMessage = {
    role: "assistant",
    content: text === "" ? rules.emptyContent : text,
    ...reasoningField(reasoning, calls.length > 0, rules, { state, to: receiver?.name }),
    ...state.message,
  };
  if (calls.length === 0) return [message];
  message.tool_calls = calls.map(({ call }, at) =>
    withState(toCall(call, sent[at] as string), state, filled(call.call_id) ?? "")
  );
  const tools: ChatMessage[] = [];
  const images: JsonObject[] = [];
  for (const [at, { output }] of calls.entries()) {
    const content = readContent(output?.output, rules.images);
    const text = content.text || (content.images.length > 0 ? "(see the image below)" : "");
    for (const image of content.images) images.push(image);
    tools.push({
      role: "tool",
      tool_call_id: sent[at] as string,
      content: output ? text : NO_OUTPUT,
    });
  }
  // Tool messages hold text only; their images follow the last of them.
  const shown: ChatMessage[] = images.length === 0 ? [] : [{
    role: "user",
    content: [{ type: "text", text: "Images returned by the tools:" }, ...images],
  }];
  return [message, ...tools, ...shown];
}

/** The ids of a message's calls upstream: the provider's own, unless two of them would then be equal. */
function sentIds(calls: readonly AnsweredCall[]): string[] {
  const own = calls.map(({ call }) => filled(call.call_id) ?? "");
  const times = new Map<string, number>();
  const originals = own.map(originalCallId);
  for (const original of originals) times.set(original, (times.get(original) ?? 0) + 1);
  return own.map((id, at) => {
    const original = originals[at] as string;
    return times.get(original) === 1 ? original : id;
  });
}

function reasoningField(
  items: readonly JsonObject[],
  calls: boolean,
  { reasoning: { field, pad } }: ChatRules,
  { state: { as, message = {} }, to }: { state: OpaqueState; to: string | undefined },
): JsonObject {
  if (field === null) return {};
  const text = items.map((item) => readReasoning(item, to) ?? "").join("");
  // It came inside the state alone, and goes back so.
  if (as === "" && Object.keys(message).length > 0 && !pad) return {};
  if (text !== "") return { [as || field]: text };
  return pad && calls ? { [field]: " " } : {};
}

function stateFor(items: readonly JsonObject[], receiver: Receiver | undefined): OpaqueState {
  if (receiver === undefined || items.length === 0) return {};
  const open = items.filter(({ encrypted_content: mark }) =>
    typeof mark === "string" && !receiver.refused?.(mark)
  );
  const states = open.map((item) => stateOf(item, receiver.name));
  return joinStates(states.filter((state) => state !== undefined));
}

/** A call with the fields that came with it. */
function withState(call: ChatCall, { calls = {} }: OpaqueState, id: string): JsonObject {
  if (!Object.hasOwn(calls, id)) return call;
  const { function: inside, ...own } = calls[id] ?? {};
  return {
    ...call,
    ...own,
    ...(isObject(inside) && { function: { ...call.function, ...inside } }),
  };
}

function toCall(call: JsonObject, id: string): ChatCall {
  const { name, arguments: args } = call;
  return {
    id,
    type: "function",
    function: { name: filled(name) ?? "unknown", arguments: objectText(args) },
  };
}

/** Arguments as JSON of an object, whatever the model wrote, because servers parse the history again (docs/facts/providers.md §1.4). */
function objectText(args: Json | undefined): string {
  if (isObject(args)) return JSON.stringify(args);
  if (typeof args !== "string" || args.trim() === "") return "{}";
  return isObject(parseJson(args)) ? args : JSON.stringify({ _raw: args });
}

function orphan(item: JsonObject, rules: ChatRules): ChatMessage {
  const content = readContent(item.output, rules.images);
  const text = `[Output of an earlier tool call that is no longer shown]\n${content.text}`;
  return {
    role: "user",
    content: content.images.length === 0 ? text : [{ type: "text", text }, ...content.images],
  };
}

/** Joins the texts with empty lines between them; texts of blanks are left out. */
function joined(texts: readonly string[]): string {
  const filled = texts.filter((text) => text.trim() !== "");
  return filled.length === 0 ? texts.join("") : filled.join("\n\n");
}

function plainText(content: Json | undefined): string {
  if (!Array.isArray(content)) return filled(content) ?? "";
  return content.map((part) =>
    isObject(part) ? filled(part.text) ?? filled(part.refusal) ?? "" : ""
  ).join("");
}
