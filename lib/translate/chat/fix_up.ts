/**
 * Fixes up a request that a provider refused for a reason that the translator can remove, so that it can be sent again.
 *
 * A table of reasons. Each is fixed up at most once in an exchange, and only before the client has seen anything.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { ChatRules } from "../../provider/chat_rules.ts";
import { NO_IMAGE } from "./content.ts";
import { fixUpSize } from "../request/body_limit.ts";
import { fixUpSchemas } from "../request/schema_fix_up.ts";
import { type ChatFixUp, dropField } from "./fix_up_field.ts";
import { fixUpOrder } from "../request/fix_up_order.ts";
import { lateSystem } from "../request/message_order.ts";

/** Most characters of a refusal that are read: its reason is at its beginning, and the expressions below search far. */
const MAX_MESSAGE = 1500;

interface FixUpRule {
  readonly what: string;
  readonly refusal: RegExp;
  /** Returns the changed messages; the same list where there is nothing to change. */
  change(messages: readonly Json[], rules: ChatRules): readonly Json[];
}

const FIX_UPS: readonly FixUpRule[] = [
  {
    what: "reasoning_content",
    refusal:
      /reasoning_content\b.*\b(?:must|need|required|missing|passed back)|missing\b.*reasoning_content/is,
    change: (messages) => everyMessage(messages, padReasoning),
  },
  {
    what: "empty text",
    refusal:
      /[`'"]?(?:text|content)[`'"]? (?:is|was|be)(?: not|n't) (?:set|present|null)|content\b.*(?:must not|cannot|can't) be (?:null|empty)/is,
    change: (messages) => everyMessage(messages, fillText),
  },
  {
    what: "images",
    refusal:
      /(?=.*\b(?:images?|image_url|vision|multi-?modal)\b).*(?:not support|unsupported|does ?n.t support|no endpoints|not allowed|not accept|text[- ]only|cannot process|unknown variant|only support)/is,
    change: (messages) => everyMessage(messages, withoutImages),
  },
  {
    what: "system messages",
    refusal: /system (?:message|role|prompt)s?\b.*\b(?:beginning|first|start|only one|multiple)/is,
    change: lateSystem,
  },
  {
    what: "developer role",
    refusal:
      /(?=.*\bdeveloper\b).*(?:unknown variant|role|unsupported|not (?:supported|allowed|valid)|expected one of)/is,
    change: (messages) =>
      everyMessage(
        messages,
        (message) => message.role === "developer" ? { ...message, role: "system" } : message,
      ),
  },
];

/**
 * Finds what a refusal complains about and removes it.
 *
 * @param failureText the provider's message, `param` included
 * @param body the request that was refused
 * @param already what was fixed up before in this exchange; the caller adds {@link ChatFixUp.what}
 * @returns `undefined` when nothing here would help
 */
export function fixUp(
  rules: ChatRules,
  failureText: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): ChatFixUp | undefined {
  const message = failureText.slice(0, MAX_MESSAGE);
  const messages = Array.isArray(body.messages) ? body.messages : [];
  for (const { what, refusal, change } of FIX_UPS) {
    if (already.has(what) || !refusal.test(message)) continue;
    const changed = change(messages, rules);
    if (changed !== messages) return { what, body: { ...body, messages: [...changed] } };
  }
  return fixUpOrder(message, body, already) ?? fixUpSize(message, body) ??
    fixUpSchemas(message, body, already) ?? dropField(message, body, already);
}

/** Applies a change to each message; the same list comes back where none changed. */
function everyMessage(
  messages: readonly Json[],
  change: (message: JsonObject) => JsonObject,
): readonly Json[] {
  const changed = messages.map((message) => isObject(message) ? change(message) : message);
  return changed.some((message, at) => message !== messages[at]) ? changed : messages;
}

function padReasoning(message: JsonObject): JsonObject {
  if (message.role !== "assistant" || filled(message.reasoning_content) !== undefined) {
    return message;
  }
  return { ...message, reasoning_content: filled(message.reasoning) ?? " " };
}

function fillText(message: JsonObject): JsonObject {
  const { content } = message;
  if (Array.isArray(content)) {
    const full = content.map((part) =>
      isObject(part) && part.type === "text" && filled(part.text) === undefined
        ? { ...part, text: " " }
        : part
    );
    return full.some((part, at) => part !== content[at]) ? { ...message, content: full } : message;
  }
  return filled(content) === undefined ? { ...message, content: " " } : message;
}

function withoutImages(message: JsonObject): JsonObject {
  const { content } = message;
  if (!Array.isArray(content)) return message;
  const texts = content.filter((part) => !isObject(part) || part.type !== "image_url");
  if (texts.length === content.length) return message;
  const lines = texts.map((part) => isObject(part) ? filled(part.text) ?? "" : "");
  return { ...message, content: [...lines, NO_IMAGE].filter((text) => text !== "").join("\n") };
}
