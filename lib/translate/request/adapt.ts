/**
 * Adapts a Responses request to a provider's Responses wire, beyond its tools: length limit, answer form, reasoning.
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
    ...form(request, rules),
  };
}

function lengthLimit(request: JsonObject, { maxOutputTokens }: ResponsesRules): JsonObject {
  return maxOutputTokens === undefined || request.max_output_tokens !== undefined
    ? {}
    : { max_output_tokens: maxOutputTokens };
}

/**
 * Reasoning that the sidecar itself wrote for another wire carries a seal that no provider can open; a message that it
 * finished with nothing in it, because its answer broke off and another was given, is no message to many of them.
 */
function history({ input }: JsonObject): JsonObject {
  if (!Array.isArray(input)) return {};
  const own = (item: Json) => isObject(item) && (isOwnReasoning(item) || saysNothing(item));
  return input.some(own) ? { input: input.filter((item) => !own(item)) } : {};
}

/** Whether an item is a message of the assistant with nothing in it. */
export function saysNothing({ type, role, content }: JsonObject): boolean {
  return type === "message" && role === "assistant" && Array.isArray(content) &&
    content.every((part) => isObject(part) && part.type === "output_text" && part.text === "");
}

/** A schema the provider cannot enforce is put in words instead. */
function form({ text, input }: JsonObject, { textFormats }: ResponsesRules): JsonObject {
  const format = isObject(text) && isObject(text.format) ? text.format : undefined;
  if (!format || !textFormats || textFormats.includes(String(format.type))) return {};
  const words = `Answer with one JSON object that follows this JSON Schema, and nothing else:\n${
    JSON.stringify(format.schema ?? {})
  }`;
  const message = {
    type: "message",
    role: "developer",
    content: [{ type: "input_text", text: words }],
  };
  return {
    text: { ...(text as JsonObject), format: { type: "json_object" } },
    ...(Array.isArray(input) ? { input: [message, ...input] } : {}),
  };
}
