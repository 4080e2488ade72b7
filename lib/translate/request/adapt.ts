/**
 * Adapts a Responses request to a provider's Responses wire: length limit, history, answer format. `function_tools.ts` adapts
 * its tools.
 *
 * Its rule: it returns a copy and never modifies what the client sent.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { ResponsesRules } from "../../provider/profile.ts";
import { isOwnCompaction, readCompaction } from "../compaction.ts";
import { isOwnReasoning } from "../opaque/reasoning_mark.ts";
import { saysNothing } from "../items/input_items.ts";
import { withoutNulls } from "./nulls.ts";

/** Whether a sealed item is known to be another upstream's, which this one cannot open. */
export type IsForeign = (sealed: string) => boolean;

/** Returns the request as the provider takes it. */
export function adaptRequest(
  asked: JsonObject,
  rules: ResponsesRules,
  isForeign: IsForeign = () => false,
): JsonObject {
  const request = withoutNulls(asked);
  return {
    ...request,
    stream: true,
    ...lengthLimit(request, rules),
    ...history(request, isForeign),
    ...textFormat(request, rules),
  };
}

function lengthLimit(request: JsonObject, { maxOutputTokens }: ResponsesRules): JsonObject {
  return maxOutputTokens === undefined || request.max_output_tokens !== undefined
    ? {}
    : { max_output_tokens: maxOutputTokens };
}

/**
 * The input without two kinds of items that the sidecar itself wrote: reasoning from another wire, whose encrypted content
 * no provider can read; and empty messages of answers that broke off, which many providers refuse.
 */
function history({ input }: JsonObject, isForeign: IsForeign): JsonObject {
  if (!Array.isArray(input)) return {};
  const foreign = ({ encrypted_content: sealed }: JsonObject) =>
    typeof sealed === "string" && isForeign(sealed);
  const isOut = (item: Json) =>
    isObject(item) &&
    (isOwnReasoning(item) || saysNothing(item) || (item.type === "reasoning" && foreign(item)));
  const left = input.filter((item) => !isOut(item)).map((item) =>
    isObject(item) && /^(?:context_)?compaction$/.test(String(item.type)) &&
      (isOwnCompaction(item) || foreign(item))
      ? readCompaction(item)
      : item
  );
  const same = left.length === input.length && left.every((item, at) => item === input[at]);
  return same ? {} : { input: left };
}

/** A schema that the provider cannot enforce becomes a developer message and the format `json_object`. */
function textFormat({ text, input }: JsonObject, { textFormats }: ResponsesRules): JsonObject {
  const format = isObject(text) && isObject(text.format) ? text.format : undefined;
  if (!format || !textFormats || textFormats.includes(String(format.type))) return {};
  const instruction =
    `Answer with one JSON object that follows this JSON Schema, and nothing else:\n${
      JSON.stringify(format.schema ?? {})
    }`;
  const message = {
    type: "message",
    role: "developer",
    content: [{ type: "input_text", text: instruction }],
  };
  return {
    text: { ...(text as JsonObject), format: { type: "json_object" } },
    ...(Array.isArray(input) ? { input: [message, ...input] } : {}),
  };
}
