/**
 * Changes of a body of the Messages API, as refusals ask for them. Each returns the same body where there is nothing to change.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Efforts by the most tokens of thinking that they stand for. */
const EFFORTS: readonly (readonly [most: number, effort: string])[] = [
  [4_096, "low"],
  [10_240, "medium"],
  [24_576, "high"],
  [32_768, "xhigh"],
];

/** Neither asks for thinking nor shows any. */
export function withoutThinking(body: JsonObject): JsonObject {
  const thoughts = (message: JsonObject) => {
    const content = Array.isArray(message.content) ? message.content : [];
    const kept = content.filter((block) =>
      !isObject(block) || (block.type !== "thinking" && block.type !== "redacted_thinking")
    );
    return kept.length === content.length ? message : { ...message, content: kept };
  };
  return without(withList(body, "messages", thoughts), "thinking");
}

/** Every message with calls shows some thinking. */
export function withThinking(body: JsonObject): JsonObject {
  return withList(body, "messages", (message) => {
    const content = (Array.isArray(message.content) ? message.content : []).filter(isObject);
    const thinks = content.some(({ type }) => type === "thinking" || type === "redacted_thinking");
    if (thinks || !content.some(({ type }) => type === "tool_use")) return message;
    return {
      ...message,
      content: [{ type: "thinking", thinking: " ", signature: "" }, ...content],
    };
  });
}

/** Declares the tools that were called before, and that none is to be called. */
export function withCalledTools(body: JsonObject): JsonObject {
  if (Array.isArray(body.tools) && body.tools.length > 0) return body;
  const blocks = list(body.messages).flatMap(({ content }) => list(content));
  const names = new Set(blocks.flatMap(({ type, name }) => type === "tool_use" ? name ?? [] : []));
  if (names.size === 0) return body;
  const tools = [...names].map((name) => ({ name, input_schema: { type: "object" } }));
  return { ...body, tools, tool_choice: { type: "none" } };
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** Asks for thinking as newer models want it: they choose how much themselves. */
export function toEffort(body: JsonObject): JsonObject {
  const { thinking } = body;
  if (!isObject(thinking) || typeof thinking.budget_tokens !== "number") return body;
  const effort = EFFORTS.find(([most]) => Number(thinking.budget_tokens) <= most)?.[1] ?? "max";
  return { ...body, thinking: { type: "adaptive" }, output_config: { effort } };
}

/** Changes every block of the instructions and messages, those inside results of tools included. */
export function withBlocks(
  body: JsonObject,
  change: (block: JsonObject) => JsonObject,
): JsonObject {
  const inside = (block: JsonObject): JsonObject => withList(change(block), "content", inside);
  return withList(withList(body, "system", inside), "messages", inside);
}

/** The object without a field; the same one where it has no such field. */
export function without(object: JsonObject, field: string): JsonObject {
  if (!Object.hasOwn(object, field)) return object;
  const { [field]: _, ...rest } = object;
  return rest;
}

/** The object with the objects of one of its lists changed; the same one where none changes. */
function withList(
  object: JsonObject,
  field: string,
  change: (each: JsonObject) => JsonObject,
): JsonObject {
  const list = object[field];
  if (!Array.isArray(list)) return object;
  const changed = mapped(list, change);
  return changed.some((each, at) => each !== list[at]) ? { ...object, [field]: changed } : object;
}

/** A list with its objects changed; an empty one where it is none. */
export function mapped(list: Json | undefined, change: (each: JsonObject) => JsonObject): Json[] {
  return (Array.isArray(list) ? list : []).map((each) => isObject(each) ? change(each) : each);
}
