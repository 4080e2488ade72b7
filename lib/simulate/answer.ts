/**
 * What the simulated model answers, in no wire's form; `good_script.ts` writes it for a wire.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../base/json.ts";
import type { Wire } from "../config/config.ts";

/** A tool the model calls. */
export type SimulatedCall =
  | {
    readonly kind: "function";
    readonly name: string;
    readonly namespace?: string;
    readonly arguments: JsonObject;
  }
  /** A freeform tool; the Chat wire has none and calls a function with one string `input`. */
  | { readonly kind: "custom"; readonly name: string; readonly input: string };

/** One answer: reasoning, then messages, then calls. */
export interface SimulatedAnswer {
  readonly wire: Wire;
  readonly model?: string;
  readonly reasoning?: string;
  /** One message, or several that follow each other. */
  readonly text?: string | readonly string[];
  readonly calls?: readonly SimulatedCall[];
  /** Sets the ids apart from those of other answers. Default `"1"`. */
  readonly seed?: string;
  /** Characters a delta carries. Default 8. */
  readonly size?: number;
  /** Milliseconds before every delta. Default 0. */
  readonly gap?: number;
  /** Tokens the answer claims to have read. Default 100. */
  readonly inputTokens?: number;
}

/** The messages of an answer as a list. */
export function messages(spec: SimulatedAnswer): readonly string[] {
  if (spec.text === undefined) return [];
  return typeof spec.text === "string" ? [spec.text] : spec.text;
}

/** Cuts text into the pieces its deltas carry, never inside a character; at least two where there are two characters. */
export function pieces(text: string, size = 8): string[] {
  const letters = [...text];
  const step = Math.max(1, Math.min(size, Math.ceil(letters.length / 2)));
  const out: string[] = [];
  for (let at = 0; at < letters.length; at += step) out.push(letters.slice(at, at + step).join(""));
  return out;
}

/**
 * What is left of an answer for a model that finds its own finished messages or reasoning at the end of the input, as
 * it does when a broken answer is replayed.
 */
export function remaining(spec: SimulatedAnswer, request: JsonObject | undefined): SimulatedAnswer {
  const known = tail(request);
  const left = messages(spec).filter((text) => !known.has(text));
  const { reasoning, text: _, ...rest } = spec;
  return {
    ...rest,
    ...(reasoning === undefined || known.has(reasoning) ? {} : { reasoning }),
    ...(left.length > 0 ? { text: left } : {}),
  };
}

/** The texts of the model's own items behind the last item of anybody else. */
function tail(request: JsonObject | undefined): Set<string> {
  const items = [request?.input, request?.messages].flatMap((list) =>
    Array.isArray(list) ? list : []
  );
  const own = (item: Json) =>
    isObject(item) && (item.role === "assistant" || item.type === "reasoning");
  const from = items.findLastIndex((item) => !own(item)) + 1;
  return new Set(items.slice(from).flatMap((item) => isObject(item) ? textsOf(item) : []));
}

function textsOf(item: JsonObject): string[] {
  const parts = [item.content, item.summary].flatMap((list) => Array.isArray(list) ? list : []);
  const texts = parts.map((part) => isObject(part) ? filled(part.text) : undefined);
  return [...texts, filled(item.content), filled(item.reasoning_content)].filter((text) =>
    text !== undefined
  );
}
