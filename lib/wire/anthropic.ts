/**
 * The Messages API of Anthropic as it stands on the wire: content blocks and messages, as we send them. Types only.
 *
 * Source: docs/facts/providers.md §15 (Anthropic's reference of the Messages API, read 2026-11-25).
 *
 * @module
 */

import type { JsonObject } from "../base/json.ts";

/** One block of a message: `text`, `image`, `thinking`, `redacted_thinking`, `tool_use` or `tool_result`. */
export interface Block extends JsonObject {
  type: string;
}

/** A message of the conversation. The API knows no other roles: instructions are a field of their own. */
export interface AnthropicMessage extends JsonObject {
  role: "user" | "assistant";
  content: Block[];
}

/** The version of the API that every request names. */
export const ANTHROPIC_VERSION = "2023-06-01";
