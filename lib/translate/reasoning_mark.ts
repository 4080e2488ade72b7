/**
 * Reasoning on its way through the client and back, so that nothing has to be remembered here.
 *
 * The text goes out once, as the item's `summary`: that is what Codex shows by default, keeps in every version and sends
 * back unchanged (docs/facts/codex.md §3.5; older ones drop `content`). `encrypted_content` carries only a mark that tells
 * our own, complete text from a summary some other provider wrote of a text it keeps sealed, and behind it the id of
 * the answer, which tells a second thought from the same thought given again.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../base/json.ts";

/** Begins `encrypted_content` of reasoning items that this translator made; `:` and the id of the answer follow. */
export const REASONING_MARK = "sidecar-reasoning-1";

/** Whether a reasoning item was made by this translator. Such a mark means nothing to a provider. */
export function isOwnReasoning(item: JsonObject): boolean {
  return `${filled(item.encrypted_content)}:`.startsWith(`${REASONING_MARK}:`);
}

/** The id of the answer that an own reasoning item is part of; `undefined` where it is not known. */
export function answerOf(item: JsonObject): string | undefined {
  if (!isOwnReasoning(item)) return undefined;
  return filled(filled(item.encrypted_content)?.slice(REASONING_MARK.length + 1));
}

/** A finished reasoning item that holds `text` once, of the answer with the id `answer`. */
export function reasoningItem(id: string, text: string, answer: string): JsonObject {
  return {
    id,
    type: "reasoning",
    summary: [{ type: "summary_text", text }],
    encrypted_content: `${REASONING_MARK}:${answer}`,
  };
}

/**
 * The reasoning text that an echoed item carries; `undefined` where there is none to send on.
 *
 * A sealed blob of another provider speaks for itself: what stands beside it is a summary and is never passed off as
 * the reasoning. An item without any blob holds plain text: raw `content` first, `summary` where that is all there is.
 */
export function readReasoning(item: JsonObject): string | undefined {
  if (filled(item.encrypted_content) !== undefined && !isOwnReasoning(item)) return undefined;
  return isOwnReasoning(item)
    ? textOf(item.summary) ?? textOf(item.content)
    : textOf(item.content) ?? textOf(item.summary);
}

function textOf(parts: Json | undefined): string | undefined {
  if (!Array.isArray(parts)) return undefined;
  return filled(parts.map((part) => isObject(part) ? filled(part.text) ?? "" : "").join(""));
}
