/**
 * Reasoning items that the sidecar makes: Codex keeps them and sends them back, so that the sidecar keeps no state.
 *
 * The text goes out once, as the item's `summary`: Codex shows it by default, keeps it in every version and sends it back
 * unchanged (docs/facts/codex.md §3.5; older versions drop `content`). `encrypted_content` holds a mark, the id of the
 * answer, who gave it, and what that provider wants back. The mark tells our own, complete text from a summary that another
 * provider wrote of an encrypted text. The id tells new reasoning from the same reasoning that was given again. Of another
 * provider neither text nor state goes up.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import { isSameProvider, type OpaqueState, readState } from "./state.ts";

/** Begins `encrypted_content` of reasoning items that this translator made; `:` and the rest of a {@link Mark} follow. */
export const REASONING_MARK = "sidecar-reasoning-1";

/** What `encrypted_content` says of an item: `sidecar-reasoning-1:resp_1:0a1b2c3d-model:{…}`. */
interface Mark {
  /** The id of the answer. */
  readonly answer: string;
  /** Who gave it, see `senderName`. */
  readonly from?: string | undefined;
  readonly state?: OpaqueState | undefined;
}

/** Whether a reasoning item was made by this translator. Providers do not know its mark. */
export function isOwnReasoning(item: JsonObject): boolean {
  return `${filled(item.encrypted_content)}:`.startsWith(`${REASONING_MARK}:`);
}

/** The id of the answer that a reasoning item of ours is part of; `undefined` where it is not known. */
export function answerOf(item: JsonObject): string | undefined {
  return filled(partsOf(item)[0]);
}

/** A finished reasoning item that holds `text` once. */
export function reasoningItem(id: string, text: string, mark: Mark): JsonObject {
  return {
    id,
    type: "reasoning",
    summary: [{ type: "summary_text", text }],
    encrypted_content: markText(mark),
  };
}

/** A finished reasoning item that holds state and no text: nothing is shown of it. */
export function stateItem(id: string, mark: Mark): JsonObject {
  return { id, type: "reasoning", summary: [], encrypted_content: markText(mark) };
}

/**
 * The reasoning text of an item that Codex sent back; `undefined` where there is none to send on.
 *
 * An item with encrypted content of another provider has a summary beside it, which is not sent as reasoning. An item
 * without encrypted content holds plain text: in `content`, or in `summary` where it has no `content`.
 *
 * @param to to whom it goes, see `senderName`. @default nobody is told from another
 */
export function readReasoning(item: JsonObject, to?: string): string | undefined {
  if (filled(item.encrypted_content) !== undefined && !isOwnReasoning(item)) return undefined;
  const from = filled(partsOf(item)[1]);
  if (from !== undefined && to !== undefined && !isSameProvider(from, to)) return undefined;
  return isOwnReasoning(item)
    ? textOf(item.summary) ?? textOf(item.content)
    : textOf(item.content) ?? textOf(item.summary);
}

/** The state in an item that Codex sent back, for the one it came from; `undefined` for others. */
export function stateOf(item: JsonObject, to: string | undefined): OpaqueState | undefined {
  const [, from, json] = partsOf(item);
  if (from === undefined || to === undefined || json === undefined) return undefined;
  const state = isSameProvider(from, to) ? readState(parseJson(json)) : undefined;
  // Another model of the provider cannot open it; how reasoning is named is the provider's matter.
  return state && from !== to ? { ...(state.as !== undefined && { as: state.as }) } : state;
}

/** A mark as it stands in `encrypted_content`. */
export function markText({ answer, from, state }: Mark): string {
  const parts = [REASONING_MARK, answer];
  if (from !== undefined) parts.push(from);
  if (from !== undefined && state !== undefined) parts.push(JSON.stringify(state));
  return parts.join(":");
}

/** What follows the mark: answer, sender, state. Empty for an item of others. */
function partsOf(item: JsonObject): string[] {
  if (!isOwnReasoning(item)) return [];
  const text = (filled(item.encrypted_content) ?? "").slice(REASONING_MARK.length + 1);
  const parts: string[] = [];
  let at = 0;
  while (parts.length < 2) {
    const end = text.indexOf(":", at);
    parts.push(text.slice(at, end < 0 ? undefined : end));
    if (end < 0) return parts;
    at = end + 1;
  }
  parts.push(text.slice(at));
  return parts;
}

function textOf(parts: Json | undefined): string | undefined {
  if (!Array.isArray(parts)) return undefined;
  return filled(parts.map((part) => isObject(part) ? filled(part.text) ?? "" : "").join(""));
}
