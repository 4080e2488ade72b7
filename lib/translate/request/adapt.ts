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
import { isOwnReasoning } from "../reasoning_mark.ts";

/** Returns the request as the provider takes it. */
export function adaptRequest(request: JsonObject, rules: ResponsesRules): JsonObject {
  return {
    ...request,
    stream: true,
    ...lengthLimit(request, rules),
    ...history(request),
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
function history({ input }: JsonObject): JsonObject {
  if (!Array.isArray(input)) return {};
  const isOwn = (item: Json) => isObject(item) && (isOwnReasoning(item) || saysNothing(item));
  return input.some(isOwn) ? { input: input.filter((item) => !isOwn(item)) } : {};
}

/** Whether an item is a message of the assistant without text. */
export function saysNothing({ type, role, content }: JsonObject): boolean {
  return type === "message" && role === "assistant" && Array.isArray(content) &&
    content.every((part) => isObject(part) && part.type === "output_text" && part.text === "");
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
