/**
 * A tool call that leaves a trace: each run of it adds a line to a file.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../lib/base/json.ts";
import type { Answer } from "../../lib/simulate/answer.ts";
import type { SeenRequest } from "../../lib/simulate/provider.ts";

/** The model asks for one shell command. */
export const TOOL: Answer = {
  wire: "responses",
  reasoning: "A command will tell.",
  calls: [{ kind: "function", name: "exec_command", arguments: { cmd: "echo ran >> ran.txt" } }],
};

/** What `ran.txt` holds after one run. */
export const RAN = "ran\n";

/** The items of a request's input. */
export function inputOf(request: SeenRequest | undefined): JsonObject[] {
  const input = request?.json?.input;
  return Array.isArray(input) ? input.filter(isObject) : [];
}

/** The outputs of tools that a request brings back. */
export function outputsIn(request: SeenRequest | undefined): JsonObject[] {
  return inputOf(request).filter(({ type }) =>
    type === "function_call_output" || type === "custom_tool_call_output"
  );
}
