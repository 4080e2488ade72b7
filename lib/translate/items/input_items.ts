/**
 * The input of a request as items, how it ends, and what makes a model go on behind it.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** What is asked of a provider that takes no conversation which ends with its own message. */
export const GO_ON = "Continue exactly where you stopped. Do not repeat anything.";

/** The input of a request as a list of items. */
export function inputItems({ input }: JsonObject): readonly Json[] {
  return typeof input === "string"
    ? [{ type: "message", role: "user", content: [{ type: "input_text", text: input }] }]
    : Array.isArray(input)
    ? input
    : [];
}

/** Whether the last item that a provider gets as a message of its own is the assistant's text. */
export function endsWithAssistant(items: readonly Json[]): boolean {
  const last = items.findLast((item) => isObject(item) && !isReasoning(item) && !saysNothing(item));
  return isObject(last) && last.role === "assistant" && (last.type ?? "message") === "message";
}

/** Whether an item is reasoning. */
export function isReasoning({ type }: JsonObject): boolean {
  return type === "reasoning";
}

/** The message of a user that asks to go on. */
export function goOn(): JsonObject {
  return { type: "message", role: "user", content: [{ type: "input_text", text: GO_ON }] };
}

/** Whether an item is a message of the assistant without text. */
export function saysNothing({ type, role, content }: JsonObject): boolean {
  return type === "message" && role === "assistant" && Array.isArray(content) &&
    content.every((part) => isObject(part) && part.type === "output_text" && part.text === "");
}
