/**
 * A list of opaque blocks that comes in pieces: `reasoning_details`, `thinking_blocks` (docs/facts/providers.md §11).
 *
 * Its rule: blocks keep their order and their fields; only text that came in several pieces is joined, because a signature is
 * one over the complete text of its block.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { LazyMap } from "../../base/lazy_map.ts";

/** Fields of a block that come in pieces. */
const TEXTS = ["text", "summary", "thinking"];
/** Fields with which a block ends. */
const ENDS = ["signature", "data", "encrypted_content"];

interface Block {
  fields: JsonObject;
  readonly texts: Map<string, GrowingText>;
}

/** The list so far. */
export class OpaqueList {
  readonly #blocks: (Block | Json)[] = [];
  /** The latest block of each type and index. */
  readonly #latest = new LazyMap<string, Block>();
  #length = 0;

  /** Whether any of its blocks holds text. */
  get hasText(): boolean {
    return this.#length > 0;
  }

  /** Takes the entries of one chunk. Two entries of one chunk are two blocks. */
  push(entries: readonly Json[]): void {
    if (this.#isAllAgain(entries)) return;
    const last = this.#blocks.at(-1);
    const begun = new Set<Block>();
    for (const [at, entry] of entries.entries()) {
      if (!isObject(entry)) {
        this.#blocks.push(entry);
        continue;
      }
      const key = keyOf(entry);
      const before = key === undefined ? at === 0 ? last : undefined : this.#latest.get(key);
      const block = isBlock(before) && !begun.has(before) && continues(before, entry)
        ? before
        : this.#begin(begun);
      this.#grow(block, entry);
      if (key !== undefined) this.#latest.set(key, block);
    }
  }

  /** The blocks as they go back. */
  toJson(): Json[] {
    return this.#blocks.map((block) => isBlock(block) ? joined(block) : block);
  }

  #begin(begun: Set<Block>): Block {
    const block = { fields: {}, texts: new Map<string, GrowingText>() };
    this.#blocks.push(block);
    begun.add(block);
    return block;
  }

  #grow(block: Block, entry: JsonObject): void {
    for (const [name, value] of Object.entries(entry)) {
      const text = TEXTS.includes(name) ? filled(value) : undefined;
      if (text !== undefined) {
        const grown = block.texts.get(name) ?? new GrowingText();
        grown.add(text);
        this.#length += text.length;
        block.texts.set(name, grown);
        block.fields[name] = "";
      } else if (value !== null || !Object.hasOwn(block.fields, name)) {
        if (!block.texts.has(name)) block.fields[name] = value;
      }
    }
  }

  /** Some servers send everything once more at the end. */
  #isAllAgain(entries: readonly Json[]): boolean {
    if (this.#blocks.length === 0 || entries.length !== this.#blocks.length) return false;
    const length = entries.reduce((sum: number, entry) => sum + textLength(entry), 0);
    // The first condition keeps this from being done for every piece.
    return length === this.#length && JSON.stringify(entries) === JSON.stringify(this.toJson());
  }
}

function joined({ fields, texts }: Block): JsonObject {
  return { ...fields, ...Object.fromEntries([...texts].map(([name, text]) => [name, `${text}`])) };
}

/** Whether an entry is a further piece of a block: one of the same kind that has not ended. */
function continues({ fields }: Block, entry: JsonObject): boolean {
  const ended = ENDS.some((name) => filled(fields[name]) !== undefined);
  const [id, other] = [filled(fields.id), filled(entry.id)];
  return !ended && fields.type === entry.type && (!id || !other || id === other) &&
    TEXTS.some((name) => Object.hasOwn(fields, name));
}

function keyOf({ type, index }: JsonObject): string | undefined {
  return typeof index === "number" ? `${String(type)} ${index}` : undefined;
}

function isBlock(value: Block | Json | undefined): value is Block {
  return isObject(value) && (value as { texts?: unknown }).texts instanceof Map;
}

function textLength(entry: Json): number {
  if (!isObject(entry)) return 0;
  return TEXTS.reduce((sum, name) => sum + (filled(entry[name])?.length ?? 0), 0);
}
