/**
 * What a provider saw of a conversation, in words of no wire.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../lib/base/json.ts";
import type { Wire } from "../../lib/config/config.ts";
import type { SeenRequest } from "../../lib/simulate/provider.ts";

/** A call of the history, or the output of one. */
export interface Seen {
  readonly id: string;
  /** The name of what was called; empty for an output. */
  readonly name: string;
  /** Arguments or output, as text. */
  readonly text: string;
}

/** A tool that was offered. */
export interface SeenTool {
  readonly type: string;
  readonly name: string;
}

/** The wire a request came over. */
export function wireOf({ path }: SeenRequest): Wire {
  if (path.startsWith("/v1/messages")) return "anthropic";
  return path.startsWith("/v1/chat/completions") ? "chat" : "responses";
}

/** The items of a request's input, or its messages. */
export function inputOf(request: SeenRequest | undefined): JsonObject[] {
  return objects(request?.json?.input ?? request?.json?.messages);
}

/** The outputs of tools that a request brings back. */
export function outputsIn(request: SeenRequest | undefined): Seen[] {
  return inputOf(request).flatMap((item) => {
    if (item.role === "tool") return [seen(item.tool_call_id, "", item.content)];
    const results = objects(item.content).filter(({ type }) => type === "tool_result");
    if (results.length > 0) {
      return results.map(({ tool_use_id, content }) => seen(tool_use_id, "", textOf(content)));
    }
    return /^(function|custom_tool)_call_output$/.test(`${item.type}`)
      ? [seen(item.call_id, "", item.output)]
      : [];
  });
}

/** The calls in a request's history. */
export function callsIn(request: SeenRequest | undefined): Seen[] {
  return inputOf(request).flatMap((item) => {
    if (item.type === "function_call") return [seen(item.call_id, item.name, item.arguments)];
    const blocks = objects(item.content).filter(({ type }) => type === "tool_use");
    if (blocks.length > 0) return blocks.map(({ id, name, input }) => seen(id, name, input));
    if (item.type === "custom_tool_call") return [seen(item.call_id, item.name, item.input)];
    return objects(item.tool_calls).map(({ id, function: called }) =>
      isObject(called) ? seen(id, called.name, called.arguments) : seen(id, "", "")
    );
  });
}

/** The reasoning on the messages with calls of a Chat request. */
export function thoughtsIn(request: SeenRequest | undefined): (Json | undefined)[] {
  return inputOf(request).flatMap(({ tool_calls, reasoning_content }) =>
    tool_calls === undefined ? [] : [reasoning_content]
  );
}

/** The tools a request offers. */
export function toolsOf(request: SeenRequest | undefined): SeenTool[] {
  return objects(request?.json?.tools).map(({ type, name, function: inner }) => ({
    type: type === undefined ? "function" : `${type}`,
    name: `${isObject(inner) ? inner.name : name}`,
  }));
}

function seen(id: Json | undefined, name: Json | undefined, text: Json | undefined): Seen {
  return {
    id: `${id}`,
    name: `${name}`,
    text: typeof text === "string" ? text : JSON.stringify(text),
  };
}

/** The text of a tool's result on the Messages wire. */
function textOf(content: Json | undefined): string {
  return objects(content).map(({ text }) => `${text}`).join("");
}

function objects(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
