/**
 * Which events of an answer are progress and which are only scaffolding around it.
 *
 * @module
 */

import { type ResponsesEvent, TERMINAL } from "../../wire/responses.ts";

/**
 * Whether an event brings the answer forward. Scaffolding (created, in_progress, an announced item, an empty
 * delta) does not: providers send it at once, and the first content minutes later.
 */
export function isContent({ type, data }: ResponsesEvent): boolean {
  if (TERMINAL.has(type) || type === "response.output_item.done") return true;
  if (!type.startsWith("response.") || type.endsWith(".added") || type.endsWith(".in_progress")) {
    return false;
  }
  if (type.endsWith(".delta")) return data.delta !== "";
  return typeof data.output_index === "number";
}
