/**
 * Answers inside an envelope: gateways put `code` and `msg` beside a field that holds what the provider sent.
 *
 * Its rule: only an object that is no answer itself is opened, and only where an answer is inside.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../base/json.ts";

/** Fields that hold the answer, most usual first. */
const FIELDS = ["data", "result", "response", "output", "body", "payload", "chunk", "completion"];
/** Envelopes inside one another. */
const MOST_LAYERS = 3;

/** Whether an object is an answer of a wire, or a piece of one. */
export type IsAnswer = (json: JsonObject) => boolean;

/** Whether it is one of the Chat wire. */
export function isCompletion({ choices }: JsonObject): boolean {
  return Array.isArray(choices);
}

/** Whether it is one of the Messages wire: an event, or the complete message. */
export function isMessagesAnswer({ type, role, content, ...rest }: JsonObject): boolean {
  if (typeof type === "string" && /^(?:message|content_block)(?:_\w+)?$/.test(type)) return true;
  const whole = Array.isArray(content) || typeof content === "string";
  return whole && role === "assistant" && "stop_reason" in rest;
}

/** Whether it is one of the Responses wire: an event, or the complete response. */
export function isResponsesAnswer({ type, object, output }: JsonObject): boolean {
  return (typeof type === "string" && type.startsWith("response.")) ||
    (object === "response" && Array.isArray(output));
}

/** What is inside, with the usage that stood beside it; the same object where it is no envelope. */
export function openEnvelope(json: JsonObject, isAnswer: IsAnswer): JsonObject {
  let inside = json;
  for (let layer = 0; layer < MOST_LAYERS && !isAnswer(inside); layer++) {
    const next = FIELDS.map((field) => read(inside[field])).find((each) => each !== undefined);
    if (next === undefined) return json;
    inside = next;
  }
  if (inside === json || !isAnswer(inside)) return json;
  return isObject(json.usage) && inside.usage === undefined
    ? { ...inside, usage: json.usage }
    : inside;
}

function read(value: JsonObject[string]): JsonObject | undefined {
  if (isObject(value)) return value;
  const json = typeof value === "string" && value.startsWith("{") ? parseJson(value) : undefined;
  return isObject(json) ? json : undefined;
}
