/**
 * Reasoning items that carried a status line for the person: empty, and marked as ours, so that they never go upstream.
 *
 * Codex keeps every finished item and sends it back. What it says decides nothing, and no provider could read the mark.
 *
 * @module
 */

import { isObject, type JsonObject } from "../base/json.ts";

/** `encrypted_content` of an item that carried a status line. */
const STATUS_MARK = "sidecar-status-1";

/** The item when it is done: nothing of what was shown stays. */
export function finishedStatus(id: string): JsonObject {
  return { id, type: "reasoning", summary: [], encrypted_content: STATUS_MARK };
}

/** Whether an item carried a status line. */
export function isStatus(item: JsonObject): boolean {
  return item.type === "reasoning" && item.encrypted_content === STATUS_MARK;
}

/** A request without such items; the same object where it has none. */
export function withoutStatus(request: JsonObject): JsonObject {
  const { input } = request;
  if (!Array.isArray(input) || !input.some((item) => isObject(item) && isStatus(item))) {
    return request;
  }
  return { ...request, input: input.filter((item) => !isObject(item) || !isStatus(item)) };
}
