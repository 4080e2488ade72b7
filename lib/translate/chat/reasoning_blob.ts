/**
 * Reasoning on its way through the client and back, so that nothing has to be remembered here.
 *
 * The text goes out once, as the item's `summary`: that is what Codex shows by default, keeps in every version and sends
 * back unchanged (codex-client.md §3.5; older ones drop `content`). `encrypted_content` carries only a mark that tells
 * our own, complete text from a summary some other provider wrote of a text it keeps sealed.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Stands in `encrypted_content` of reasoning items that this translator made. */
export const REASONING_MARK = "sidecar-reasoning-1";

/** Whether a reasoning item was made by this translator. Such a mark means nothing to a provider. */
export function isOwnReasoning(item: JsonObject): boolean {
  return item.encrypted_content === REASONING_MARK;
}

/** A finished reasoning item that holds `text` once. */
export function reasoningItem(id: string, text: string): JsonObject {
  return {
    id,
    type: "reasoning",
    summary: [{ type: "summary_text", text }],
    encrypted_content: REASONING_MARK,
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
