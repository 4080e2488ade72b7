/**
 * Servers of the Responses API that refuse what they do not know, as rows: who, and what it says to a request.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";

/** One server. */
export interface StrictServer {
  readonly name: string;
  /** The refusal of a request; `undefined` where it takes it. */
  refusal(request: SeenRequest): Script | undefined;
}

const KNOWN = ["message", "function_call", "function_call_output", "reasoning"];

const listOf = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const toolsIn = ({ json: sent }: SeenRequest) => listOf(sent?.tools);
const itemsIn = ({ json: sent }: SeenRequest) => listOf(sent?.input);
const hasImage = ({ output }: JsonObject) =>
  listOf(output).some(({ type }) => type !== "input_text");
const isTextless = ({ type, content }: JsonObject) =>
  type === "reasoning" && listOf(content).length === 0;

/** llama.cpp: its words as its server of 2026-11-25 says them, and llama.cpp#20156, #23465. */
const llama: StrictServer = {
  name: "llama.cpp",
  refusal(request) {
    const no = (message: string) =>
      json(400, { error: { code: 400, message, type: "invalid_request_error" } });
    if (toolsIn(request).some(({ type }) => type !== "function")) {
      return no("'type' of tool must be 'function'");
    }
    for (const item of itemsIn(request)) {
      if (!KNOWN.includes(String(item.type))) return no("Cannot determine type of 'item'");
      if (isTextless(item)) return no("item['content'] is not an array");
      if (hasImage(item)) return no("Output of tool call should be 'Input text'");
    }
    return undefined;
  },
};

/** Ollama: ollama#18286, #17673; a parser of Go. */
const ollama: StrictServer = {
  name: "Ollama",
  refusal(request) {
    const no = (message: string) =>
      json(400, {
        error: { message, type: "invalid_request_error", param: null, code: null },
      });
    const tool = toolsIn(request).find(({ type }) => type !== "function");
    if (tool) return no(`unknown tool type: "${tool.type}"`);
    for (const [at, item] of itemsIn(request).entries()) {
      if (!KNOWN.includes(String(item.type))) {
        return no(`input[${at}]: unknown input item type: "${item.type}"`);
      }
      if (hasImage(item)) {
        return no(
          "json: cannot unmarshal array into Go struct field ResponsesFunctionCallOutput.output of type string",
        );
      }
    }
    return undefined;
  },
};

/** LM Studio: lmstudio-bug-tracker#1810, #1812, #2200; a validator that names paths. */
const studio: StrictServer = {
  name: "LM Studio",
  refusal(request) {
    const no = (message: string, param: string, code: string) =>
      json(400, { error: { message, type: "invalid_request_error", param, code } });
    const at = toolsIn(request).findIndex(({ type }) => type !== "function");
    if (at >= 0) return no("Invalid", `tools.${at}.type`, "invalid_string");
    const isBad = (item: JsonObject) =>
      !KNOWN.includes(String(item.type)) || isTextless(item) || hasImage(item);
    return itemsIn(request).some(isBad)
      ? no("Invalid type for 'input'.", "input", "invalid_union")
      : undefined;
  },
};

/** All of them. */
export const STRICT_SERVERS: readonly StrictServer[] = [llama, ollama, studio];
