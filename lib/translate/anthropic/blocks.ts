/**
 * The content blocks of an answer, as they come: each is found by its index and read by its type.
 *
 * Blocks of unknown types say nothing to Codex and are left out; a delta without a block that began opens one.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import type { AnswerBuilder } from "../answer/answer_builder.ts";
import type { AnswerPrefix } from "../chat/prefix.ts";
import type { ThinkingState } from "./thinking_state.ts";
import { argumentsText, ToolBlock } from "./tool_block.ts";

/** A block that pieces of arguments may belong to: a call, or one that only its provider needs. */
type Open = ToolBlock | "foreign";

/** Most blocks that are open at once; the one that began first is over then. */
const MOST_OPEN = 256;

/** Reads the blocks of one answer into a builder. */
export class Blocks {
  readonly #open = new LazyMap<Json | undefined, Open>();
  /** The call that began last with an id; the one that began last of all under `undefined`. */
  readonly #calls = new LazyMap<string | undefined, ToolBlock>();
  /** The number of the next call, apart from those of other blocks. */
  #next = 0;
  #begun = false;
  /** Whether a call came, and no text since then. */
  #behindCall = false;

  constructor(
    readonly answer: AnswerBuilder,
    readonly prefix: AnswerPrefix,
    readonly thinking: ThinkingState,
  ) {}

  /** Whether a block began. */
  get begun(): boolean {
    return this.#begun;
  }

  /** A block begins. */
  start({ index, content_block: block }: JsonObject): void {
    this.#begun = true;
    this.thinking.end();
    this.#end(index);
    this.#open.delete(index);
    if (!isObject(block)) return;
    switch (block.type ?? (filled(block.name) === undefined ? "text" : "tool_use")) {
      case "text":
        return this.#text(filled(block.text));
      case "thinking":
        this.#think(filled(block.thinking) ?? filled(block.text));
        return this.thinking.sign(filled(block.signature));
      case "redacted_thinking":
        return this.thinking.sealed(filled(block.data));
      case "tool_use":
        return this.#keep(index, this.#call(block));
    }
    this.#keep(index, "foreign");
  }

  /** A piece of a block. */
  delta({ index, delta }: JsonObject): void {
    if (!isObject(delta)) return;
    switch (delta.type ?? kindOf(delta)) {
      case "text_delta":
      case "text":
        return this.#text(filled(delta.text));
      case "thinking_delta":
        return this.#think(filled(delta.thinking) ?? filled(delta.text));
      case "signature_delta":
        return this.thinking.sign(filled(delta.signature) ?? filled(delta.signature_delta));
      case "input_json_delta":
        return this.#arguments(index, argumentsText(delta.partial_json ?? delta.input));
    }
  }

  /** A block is complete. */
  stop({ index }: JsonObject): void {
    this.thinking.end();
    this.#end(index);
  }

  /** A block that came whole. */
  complete(block: JsonObject): void {
    const index = -1;
    this.start({ index, content_block: block });
    this.stop({ index });
  }

  /** The answer is complete. */
  end(): void {
    this.thinking.end();
    for (const index of this.#open.keys()) this.#end(index);
    this.#add(this.prefix.end());
  }

  #text(text: string | undefined): void {
    // Some servers write the line ends between two calls: they are no message.
    if (text === undefined || (this.#behindCall && text.trim() === "")) return;
    this.#behindCall = false;
    this.#add(this.prefix.push(text));
  }

  #add(text: string): void {
    if (text !== "") this.answer.content(text);
  }

  #think(text: string | undefined): void {
    if (text === undefined) return;
    this.prefix.restarted();
    this.thinking.text(text);
    this.answer.reasoning(text);
  }

  #call({ id: given, name: called, input }: JsonObject): ToolBlock {
    this.#add(this.prefix.end());
    this.#behindCall = true;
    const [id, name] = [filled(given), filled(called)];
    // Nameless blocks can only go on with the call before them.
    const before = id !== undefined || name === undefined ? this.#calls.get(id) : undefined;
    if (before?.goesOn(name)) return before;
    const head = { index: this.#next++, id, name, input: argumentsText(input) };
    const call = new ToolBlock(this.answer, head, id === undefined ? undefined : before);
    this.#calls.set(id, call);
    this.#calls.set(undefined, call);
    return call;
  }

  #keep(index: Json | undefined, block: Open): void {
    this.#open.set(index, block);
    const [oldest] = this.#open.keys();
    if (this.#open.size <= MOST_OPEN) return;
    this.#end(oldest);
    this.#open.delete(oldest);
  }

  #arguments(index: Json | undefined, args: string): void {
    const block = this.#open.get(index);
    if (block === "foreign" || args === "") return;
    // A relay that numbers its blocks anew means the call that began last.
    (block ?? this.#calls.get(undefined))?.push(args);
  }

  #end(index: Json | undefined): void {
    const block = this.#open.get(index);
    if (block instanceof ToolBlock) block.end();
  }
}

/** What a piece is that does not say so. */
function kindOf(delta: JsonObject): string | undefined {
  if (delta.partial_json !== undefined) return "input_json_delta";
  if (delta.thinking !== undefined) return "thinking_delta";
  return delta.signature === undefined ? "text" : "signature_delta";
}
