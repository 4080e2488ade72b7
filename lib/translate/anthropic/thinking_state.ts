/**
 * What must come back with thinking: the signature of each block, and the blocks that only the provider can read.
 *
 * Its rule: the text of a block travels once, as the text of the reasoning item; here stands how many characters of it are
 * this block's.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Block } from "../../wire/anthropic.ts";
import type { StateCollector } from "../opaque/state.ts";

/** The name under which the blocks stand in the state of an answer. */
const NAME = "thinking_blocks";

/** Gathers them while an answer comes. */
export class ThinkingState {
  #length = 0;
  #signature = "";

  constructor(readonly state: StateCollector) {}

  /** Text of the open block. */
  text(text: string): void {
    this.#length += text.length;
  }

  /** The signature of the open block, or a piece of it. */
  sign(signature: string | undefined): void {
    this.#signature += signature ?? "";
  }

  /** The open block is complete. */
  end(): void {
    if (this.#length === 0 && this.#signature === "") return;
    this.#add({ type: "thinking", length: this.#length, signature: this.#signature });
    this.#length = 0;
    this.#signature = "";
  }

  /** A block that only the provider can read. */
  sealed(data: string | undefined): void {
    if (data !== undefined) this.#add({ type: "redacted_thinking", data });
  }

  #add(block: JsonObject): void {
    this.state.message({}, { lists: { [NAME]: [block] }, values: {} });
  }
}

/**
 * The blocks as the provider gave them; `undefined` where there are none, or where the text is not the one they were made of.
 *
 * @param message the state of the message
 * @param text the text of the reasoning item
 */
export function blocksOf({ [NAME]: kept }: JsonObject, text: string): Block[] | undefined {
  if (!Array.isArray(kept) || kept.length === 0) return undefined;
  let at = 0;
  const blocks = kept.flatMap((each): Block[] => {
    const block = blockOf(each, text.slice(at));
    if (block?.type === "thinking") at += (filled(block.thinking) ?? "").length;
    return block ? [block] : [];
  });
  return blocks.length === kept.length && at === text.length ? blocks : undefined;
}

function blockOf(kept: Json, rest: string): Block | undefined {
  if (!isObject(kept)) return undefined;
  const { type, length, signature, data } = kept;
  if (type === "redacted_thinking" && typeof data === "string") return { type, data };
  if (type !== "thinking" || typeof length !== "number") return undefined;
  return { type, thinking: rest.slice(0, length), signature: filled(signature) ?? "" };
}
