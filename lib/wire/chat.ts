/**
 * The Chat Completions API as it stands on the wire: messages and calls. Types only.
 *
 * Source: the recorded streams `tests/streams/chat-*.sse` and docs/facts/providers.md §1.4, §1.5.
 *
 * @module
 */

import type { Json, JsonObject } from "../base/json.ts";

/** A message of the conversation, as we send it. Providers add fields of their own: `reasoning_content`, … */
export interface ChatMessage extends JsonObject {
  role: "system" | "developer" | "user" | "assistant" | "tool";
  content: Json;
}

/** A call in an assistant message, as we send it. */
export interface ChatCall extends JsonObject {
  id: string;
  type: "function";
  function: { name: string; arguments: string };
}
