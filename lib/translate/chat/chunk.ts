/**
 * Reads one chunk of a Chat stream leniently: null, empty and absent are the same, and every field in which providers were seen
 * to put a value is read.
 *
 * Each deviation is one of docs/facts/providers.md §9, whose number is beside it.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { CallPiece } from "../answer/tool_calls.ts";
import { isBareError, saysError } from "../error_shape.ts";
import { opaqueCallFields, reasoningField } from "../opaque/fields.ts";

/** The content of a chunk; `""` and an empty list where it has none. */
export interface Chunk {
  readonly reasoning: string;
  readonly text: string;
  readonly calls: readonly CallPiece[];
  readonly finish?: string;
  readonly usage?: JsonObject;
  /** The piece of the message it brings, as it came. */
  readonly delta?: JsonObject;
}

/**
 * Reads one chunk, or a complete answer that came as a single object (18).
 *
 * @param choice the one that counts; none in 14
 */
export function readChunk(json: JsonObject, choice: JsonObject | undefined): Chunk {
  const usage = readUsage(json, choice);
  const counted = usage === undefined ? {} : { usage };
  if (!choice) return { reasoning: "", text: "", calls: [], ...counted };
  const delta = isObject(choice.delta)
    ? choice.delta
    : isObject(choice.message)
    ? choice.message
    : {};
  const parts = Array.isArray(delta.content) ? flatten(delta.content) : undefined; // 25
  const text = parts ? parts.text : filled(delta.content) ?? filled(delta.refusal) ?? "";
  const finish = readFinish(choice.finish_reason);
  return {
    reasoning: readReasoning(delta) ?? parts?.reasoning ?? "",
    text,
    calls: readCalls(delta),
    delta,
    ...(finish === undefined ? {} : { finish }),
    ...counted,
  };
}

/** The error a chunk reports, with or without choices beside it (17). */
export function chunkError(json: JsonObject): JsonObject | undefined {
  const bare = json.choices === undefined && isBareError(json);
  return bare || saysError(json) || json.type === "error" ? json : undefined;
}

/** The usage, in any of the fields in which it was seen (15). */
function readUsage(json: JsonObject, choice: JsonObject | undefined): JsonObject | undefined {
  const nested = isObject(json.x_groq) ? json.x_groq.usage : undefined;
  return [json.usage, choice?.usage, nested].find(isObject);
}

/** Why it stopped; some relays write null as a string (11). */
function readFinish(value: Json | undefined): string | undefined {
  const reason = filled(value);
  return reason === undefined || /^(?:null|none|undefined)$/i.test(reason) ? undefined : reason;
}

/** One source for each chunk, because several hold the same text (24). */
function readReasoning(delta: JsonObject): string | undefined {
  return filled(delta[reasoningField(delta) ?? ""]) ??
    (Array.isArray(delta.reasoning_details)
      ? filled(delta.reasoning_details.map(detailText).join(""))
      : undefined);
}

function detailText(detail: Json): string {
  return isObject(detail) ? filled(detail.text) ?? filled(detail.summary) ?? "" : "";
}

function flatten(parts: readonly Json[]): { text: string; reasoning: string } {
  let text = "";
  let reasoning = "";
  for (const part of parts) {
    if (typeof part === "string") text += part;
    else if (isObject(part) && part.type === "thinking") reasoning += thinking(part.thinking);
    else if (isObject(part)) text += filled(part.text) ?? "";
  }
  return { text, reasoning };
}

function thinking(value: Json | undefined): string {
  return Array.isArray(value) ? value.map(detailText).join("") : filled(value) ?? "";
}

function readCalls({ tool_calls: calls, function_call: single }: JsonObject): CallPiece[] {
  if (Array.isArray(calls)) return calls.filter(isObject).map(readCall);
  if (isObject(calls)) return [readCall(calls)];
  return isObject(single) ? [readCall({ index: 0, function: single })] : [];
}

function readCall(call: JsonObject): CallPiece {
  const { name, arguments: args } = isObject(call.function) ? call.function : call;
  const id = filled(call.id);
  const opaque = opaqueCallFields(call);
  const named = filled(name);
  const index = typeof call.index === "string" && /^\d{1,4}$/.test(call.index)
    ? Number(call.index)
    : typeof call.index === "number"
    ? call.index
    : undefined;
  return {
    ...(index === undefined ? {} : { index }),
    ...(id === undefined ? {} : { id }),
    ...(named === undefined ? {} : { name: named }),
    args: typeof args === "string" ? args : isObject(args) ? JSON.stringify(args) : "", // 7
    ...(opaque && { opaque }),
  };
}
