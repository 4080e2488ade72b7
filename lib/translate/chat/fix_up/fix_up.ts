/**
 * Fixes up a request that a provider refused for a reason that the translator can remove, so that it can be sent again.
 *
 * A table of reasons. Each is fixed up at most once in an exchange, and only before the client has seen anything.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../../base/json.ts";
import type { ChatRules } from "../../../provider/chat_rules.ts";
import { MAX_REFUSAL, REFUSALS } from "../../refusals.ts";
import { NO_IMAGE } from "../content.ts";
import { type ChatFixUp, dropField, withoutField } from "./field.ts";
import { STATE_FIX_UPS } from "./state.ts";
import { applyOrder, fixUpOrder } from "../../request/fix_up_order.ts";
import { fixUpRemembered, type Orders, type RememberedFixUp } from "../../request/remembered.ts";
import { lateSystem } from "../../request/message_order.ts";

/** The order of messages on this wire. */
export const ORDERS: Orders = { fixUp: fixUpOrder, apply: applyOrder };

interface FixUpRule {
  readonly what: string;
  readonly refusal: RegExp;
  /** Returns the changed messages; the same list where there is nothing to change. */
  change(messages: readonly Json[], rules: ChatRules): readonly Json[];
}

const FIX_UPS: readonly FixUpRule[] = [
  ...STATE_FIX_UPS,
  {
    what: "reasoning_content",
    refusal: REFUSALS.reasoningContent,
    change: (messages) => everyMessage(messages, padReasoning),
  },
  {
    what: "empty text",
    refusal: REFUSALS.emptyText,
    change: (messages) => everyMessage(messages, fillText),
  },
  {
    what: "images",
    refusal: REFUSALS.images,
    change: (messages) => everyMessage(messages, withoutImages),
  },
  {
    what: "system messages",
    refusal: REFUSALS.lateSystem,
    change: lateSystem,
  },
  {
    what: "developer role",
    refusal: REFUSALS.developerRole,
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
): ChatFixUp | RememberedFixUp | undefined {
  const message = failureText.slice(0, MAX_REFUSAL);
  const messages = Array.isArray(body.messages) ? body.messages : [];
  for (const { what, refusal, change } of FIX_UPS) {
    if (already.has(what) || !refusal.test(message)) continue;
    const changed = change(messages, rules);
    if (changed !== messages) return { what, body: { ...body, messages: [...changed] } };
  }
  return fixUpRemembered(message, body, already, ORDERS) ?? dropField(message, body, already) ??
    withoutFormat(message, body);
}

/** A format that a server has not got, in words that name no field: "This response_format type is unavailable now". */
function withoutFormat(message: string, body: JsonObject): ChatFixUp | undefined {
  const { response_format: format, ...rest } = body;
  const about = format !== undefined && REFUSALS.format.test(message);
  return about ? { what: "field response_format", body: rest } : undefined;
}

/**
 * Changes a body as the refusal of an earlier one asked for.
 *
 * @param what {@link ChatFixUp.what} of that time
 * @returns the same body where there is nothing to change
 */
export function applyFixUp(rules: ChatRules, body: JsonObject, what: string): JsonObject {
  const rule = FIX_UPS.find((each) => each.what === what);
  if (!rule) return what.startsWith("field ") ? withoutField(what.slice(6), body) : body;
  const messages = Array.isArray(body.messages) ? body.messages : [];
  const changed = rule.change(messages, rules);
  return changed === messages ? body : { ...body, messages: [...changed] };
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
