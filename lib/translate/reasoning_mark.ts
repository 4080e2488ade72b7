/**
 * Reasoning items that the sidecar makes: Codex keeps them and sends them back, so that the sidecar keeps no state.
 *
 * The text goes out once, as the item's `summary`: Codex shows it by default, keeps it in every version and sends it back
 * unchanged (docs/facts/codex.md §3.5; older versions drop `content`). `encrypted_content` holds a mark and the id of the
 * answer. The mark tells our own, complete text from a summary that another provider wrote of an encrypted text. The id
 * tells new reasoning from the same reasoning that was given again.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../base/json.ts";

/** Begins `encrypted_content` of reasoning items that this translator made; `:` and the id of the answer follow. */
export const REASONING_MARK = "sidecar-reasoning-1";

/** Whether a reasoning item was made by this translator. Providers do not know its mark. */
export function isOwnReasoning(item: JsonObject): boolean {
  return `${filled(item.encrypted_content)}:`.startsWith(`${REASONING_MARK}:`);
}

/** The id of the answer that a reasoning item of ours is part of; `undefined` where it is not known. */
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
 * The reasoning text of an item that Codex sent back; `undefined` where there is none to send on.
 *
 * An item with encrypted content of another provider has a summary beside it, which is not sent as reasoning. An item
 * without encrypted content holds plain text: in `content`, or in `summary` where it has no `content`.
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
