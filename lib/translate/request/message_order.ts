/**
 * The order of messages that a provider demands, by its rules beforehand or after it refused another one.
 *
 * Nothing anybody said is lost: messages are joined, moved to another role, or kept apart by one that says nothing new.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { MessageOrder } from "../../provider/chat_rules.ts";

/** Says that the outputs of tools were read, where only the assistant may speak after them. */
export const READ = "I have read the output.";
/** Opens a conversation that only a user may open. */
export const OPENING = "The conversation continues:";

/** Puts messages in the order that the rules demand; the same list where they stand in it. */
export function inOrder<Message extends JsonObject>(
  messages: readonly Message[],
  order: MessageOrder,
): readonly Message[] {
  if (order.alternate) return alternate(messages) as readonly Message[];
  return order.userAfterTool ? messages : afterTools(messages) as readonly Message[];
}

/** Lets the assistant speak between a tool's output and what follows it from others. */
export function afterTools(messages: readonly Json[]): readonly Json[] {
  const result: Json[] = [];
  for (const message of messages) {
    const before = roleOf(result.at(-1));
    const role = roleOf(message);
    if (before === "tool" && role !== "tool" && role !== "assistant") {
      result.push({ role: "assistant", content: READ });
    }
    result.push(message);
  }
  return result.length === messages.length ? messages : result;
}

/** Instructions that come after the beginning are the user's words. */
export function lateSystem(messages: readonly Json[]): readonly Json[] {
  const rest = messages.slice(1).map((message) =>
    isObject(message) && isInstruction(message) ? { ...message, role: "user" } : message
  );
  const changed = rest.some((message, at) => message !== messages[at + 1]);
  return changed ? [messages[0] as Json, ...rest] : messages;
}

/** No instructions at all: they stand before the first words of the user. */
export function noSystem(messages: readonly Json[]): readonly Json[] {
  const roles = messages.map((message) =>
    isObject(message) && isInstruction(message) ? { ...message, role: "user" } : message
  );
  return roles.some((message, at) => message !== messages[at]) ? joinRepeats(roles) : messages;
}

/** User and assistant by turns, as templates count them: a round with tools stands for nobody's turn. */
export function alternate(messages: readonly Json[]): readonly Json[] {
  const joined = joinRepeats(afterTools(lateSystem(messages)));
  const at = joined.findIndex((message) => isObject(message) && !isInstruction(message));
  const first = joined[at];
  if (at < 0 || roleOf(first) === "user") return joined;
  return [...joined.slice(0, at), { role: "user", content: OPENING }, ...joined.slice(at)];
}

/** Two messages of the user in a row are one; so are texts of the assistant, and a text before its calls. */
function joinRepeats(messages: readonly Json[]): readonly Json[] {
  const result: Json[] = [];
  for (let at = 0; at < messages.length;) {
    const message = messages[at] as Json;
    let end = at + 1;
    while (end < messages.length && joins(messages[end - 1], messages[end])) end++;
    const run = messages.slice(at, end).filter(isObject);
    result.push(run.length < 2 ? message : joined(run));
    at = end;
  }
  return result.length === messages.length ? messages : result;
}

function joins(before: Json | undefined, message: Json | undefined): boolean {
  if (!isObject(before) || !isObject(message) || before.role !== message.role) return false;
  if (message.role === "user") return true;
  // A flag such as `partial` belongs to its message alone.
  return message.role === "assistant" && before.tool_calls === undefined &&
    [before, message].every((each) =>
      Object.keys(each).every((key) => /^(?:role|content|reasoning\w*|tool_calls)$/.test(key))
    );
}

/** One message that says what all of a run say. */
function joined(run: readonly JsonObject[]): JsonObject {
  const contents = run.map(({ content }) => content);
  const texts = contents.filter((content) => typeof content === "string");
  const content = texts.length === contents.length
    ? texts.filter((text) => text !== "").join("\n\n")
    : contents.flatMap((each): Json[] =>
      Array.isArray(each)
        ? each
        : typeof each === "string" && each !== ""
        ? [{ type: "text", text: each }]
        : []
    );
  return { ...Object.assign({}, ...run), content };
}

function isInstruction({ role }: JsonObject): boolean {
  return role === "system" || role === "developer";
}

function roleOf(message: Json | undefined): Json | undefined {
  return isObject(message) ? message.role : undefined;
}
