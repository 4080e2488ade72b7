/**
 * Which choice of a Chat answer is the answer: the first that brings content. Others are alternatives nobody asked for, but
 * for one that brings the calls where the first brings text alone: some servers split an answer so.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { reasoningField } from "../opaque/fields.ts";

/** Finds it, chunk by chunk of one answer. */
export class Choices {
  /** The index of the choice that brought content first. */
  #answer: number | undefined;
  /** The index of the one that brings the calls. */
  #calls: number | undefined;

  /** The choice of a chunk that counts; `undefined` where there is none. */
  of(choices: Json | undefined): JsonObject | undefined {
    if (!Array.isArray(choices)) return undefined;
    const all = choices.filter(isObject).map((choice, at) => {
      const { index } = choice;
      return { choice, index: typeof index === "number" ? index : at, ...contentOf(choice) };
    });
    const first = all.find(({ text, calls }) => text || calls);
    this.#answer ??= first?.index;
    this.#calls ??= all.find(({ calls, index }) => calls && index === this.#answer)?.index ??
      all.find(({ calls, text }) => calls && !text)?.index;
    const own = all.find(({ index }) => index === (this.#answer ?? 0))?.choice ??
      (this.#answer === undefined ? all[0]?.choice : undefined);
    if (this.#calls === this.#answer) return own;
    const other = all.find(({ index }) => index === this.#calls)?.choice;
    return own && other ? joined(own, other) : own ?? other;
  }
}

/** What a choice says, with the calls of another one. */
function joined(own: JsonObject, other: JsonObject): JsonObject {
  const delta = { ...pieceOf(own), tool_calls: pieceOf(other).tool_calls };
  return { ...own, delta, finish_reason: other.finish_reason ?? own.finish_reason };
}

function contentOf(choice: JsonObject): { readonly text: boolean; readonly calls: boolean } {
  const piece = pieceOf(choice);
  const { content, refusal, tool_calls: calls, function_call: single } = piece;
  return {
    text: filled(content) !== undefined || filled(refusal) !== undefined ||
      (Array.isArray(content) && content.length > 0) || reasoningField(piece) !== undefined ||
      Array.isArray(piece.reasoning_details),
    calls: (Array.isArray(calls) && calls.length > 0) || isObject(calls) || isObject(single),
  };
}

function pieceOf({ delta, message }: JsonObject): JsonObject {
  return isObject(delta) ? delta : isObject(message) ? message : {};
}
