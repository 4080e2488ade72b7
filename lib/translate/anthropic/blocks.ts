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

/** A call whose arguments stand in the beginning of its block; they count where no delta brings others. */
interface OpenCall {
  readonly index: number;
  readonly id: string;
  readonly input: string;
  begun: boolean;
}

/** Reads the blocks of one answer into a builder. */
export class Blocks {
  readonly #calls = new LazyMap<number, OpenCall>();
  /** The number of the next call, apart from those of other blocks. */
  #next = 0;
  #begun = false;

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
    if (!isObject(block)) return;
    switch (block.type) {
      case "text":
        return this.#text(filled(block.text));
      case "thinking":
        this.#think(filled(block.thinking));
        return this.thinking.sign(filled(block.signature));
      case "redacted_thinking":
        return this.thinking.sealed(filled(block.data));
      case "tool_use":
        return this.#call(numberOf(index), block);
    }
  }

  /** A piece of a block. */
  delta({ index, delta }: JsonObject): void {
    if (!isObject(delta)) return;
    switch (delta.type) {
      case "text_delta":
      case "text":
        return this.#text(filled(delta.text));
      case "thinking_delta":
        return this.#think(filled(delta.thinking));
      case "signature_delta":
        return this.thinking.sign(filled(delta.signature));
      case "input_json_delta":
        return this.#arguments(numberOf(index), filled(delta.partial_json));
    }
  }

  /** A block is complete. */
  stop({ index }: JsonObject): void {
    this.thinking.end();
    const call = this.#calls.get(numberOf(index));
    if (!call) return;
    this.#calls.delete(numberOf(index));
    this.#finish(call);
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
    for (const call of this.#calls.values()) this.#finish(call);
    this.#calls.clear();
    this.#add(this.prefix.end());
  }

  #text(text: string | undefined): void {
    if (text !== undefined) this.#add(this.prefix.push(text));
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

  #call(index: number, { id, name, input }: JsonObject): void {
    this.#add(this.prefix.end());
    const open = this.#calls.get(index);
    if (open) this.#finish(open);
    const call: OpenCall = {
      index: this.#next++,
      id: filled(id) ?? "",
      input: isObject(input) && Object.keys(input).length > 0 ? JSON.stringify(input) : "",
      begun: false,
    };
    this.#calls.set(index, call);
    const named = filled(name);
    this.answer.call({
      index: call.index,
      ...(call.id !== "" && { id: call.id }),
      ...(named !== undefined && { name: named }),
      args: "",
    });
  }

  #arguments(index: number, args: string | undefined): void {
    // A relay that numbers its blocks anew means the call that began last.
    const call = this.#calls.get(index) ?? [...this.#calls.values()].at(-1);
    if (!call || args === undefined) return;
    call.begun = true;
    this.answer.call({ index: call.index, args });
  }

  #finish({ index, input, begun }: OpenCall): void {
    if (!begun && input !== "") this.answer.call({ index, args: input });
  }
}

function numberOf(index: Json | undefined): number {
  return typeof index === "number" ? index : 0;
}
