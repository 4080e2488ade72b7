/**
 * Refusals of an order of messages, and of messages that say nothing: one row for each thing that servers and their
 * templates demand.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { afterTools, alternate, lateSystem, noSystem } from "./message_order.ts";

/** What may be demanded, in the words of the log: it goes up without this. */
export type OrderDemand =
  | "empty messages"
  | "system messages"
  | "the system role"
  | "user messages after a tool's"
  | "two messages of one role in a row";

interface OrderRule {
  readonly what: OrderDemand;
  readonly refusal: RegExp;
  /** Returns the changed messages; the same list where there is nothing to change. */
  change(messages: readonly Json[]): readonly Json[];
}

/** Tried in order. */
const RULES: readonly OrderRule[] = [
  {
    what: "empty messages",
    refusal:
      /(?:text |message )?content(?: blocks?| parts?| field)?\b.{0,40}(?:must be non-?empty|non-?(?:empty|blank|whitespace)|is (?:empty|blank|required|missing)|(?:must not|cannot|can't|may not|should not) be (?:null|empty|blank))|non-?empty content|empty (?:message )?content|contents? is not specified/is,
    change: fillAll,
  },
  {
    what: "system messages",
    refusal:
      /system (?:message|role|prompt)s?\b.*\b(?:beginning|first|start|only one|multiple|single)|(?:unexpected|invalid) role ['"`]?(?:system|developer)['"`]? after|only (?:the first|one) (?:message|system)\b.*\bsystem|only one system/is,
    change: lateSystem,
  },
  {
    what: "the system role",
    refusal:
      /system['"`]? (?:role|messages?|prompts?|instructions?)?\s*(?:is |are )?(?:not|un)[- ]?supported|(?:does ?n[o']t|not) support (?:the )?['"`]?(?:system|developer)\b(?! messages? after)|developer instruction is not enabled/is,
    change: noSystem,
  },
  {
    what: "user messages after a tool's",
    refusal:
      /(?:unexpected|invalid|not expect)\b.{0,40}['"`]?(?:user|system|developer)['"`]?.{0,20}\bafter\b.{0,20}['"`]?tool|tool\b.{0,60}must be followed by (?:an? )?['"`]?(?:assistant|tool)|user message.{0,40}(?:directly |immediately )?(?:after|follow\w*) .{0,20}tool/is,
    change: afterTools,
  },
  {
    what: "two messages of one role in a row",
    refusal:
      /\balternat(?:e|es|ing|ely)\b|(?:consecutive|successive|two)\b.{0,40}\b(?:messages|roles?|user|assistant)|same role|first message must be.{0,20}user|must (?:start|begin) with (?:an? )?['"`]?user|unexpected role ['"`]?(?:user|assistant)['"`]? after (?:role )?['"`]?(?:user|assistant)/is,
    change: alternate,
  },
];

/** Stands where nothing was said. */
const NOTHING = "(nothing)";

/** A body in the order that was demanded, and what was changed, for the log. */
interface OrderFixUp {
  readonly what: string;
  readonly body: JsonObject;
}

/**
 * Puts the messages in the order that a refusal asks for.
 *
 * @param message the provider's words, shortened by the caller
 * @param already what was changed before in this exchange
 */
export function fixUpOrder(
  message: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): OrderFixUp | undefined {
  return firstDemand(message, already, body, applyOrder);
}

/**
 * Meets the first demand of a refusal that changes the body. Both wires share the demands, each has its own changes.
 *
 * @param apply the body in one order; the same object where it stands in it
 */
export function firstDemand(
  message: string,
  already: ReadonlySet<string>,
  body: JsonObject,
  apply: (body: JsonObject, what: string) => JsonObject,
): OrderFixUp | undefined {
  for (const what of demandedOrders(message)) {
    if (already.has(what)) continue;
    const changed = apply(body, what);
    if (changed !== body) return { what, body: changed };
  }
  return undefined;
}

/** The messages in an order that was demanded; the same body where they stand in it. */
export function applyOrder(body: JsonObject, what: string): JsonObject {
  const rule = RULES.find((each) => each.what === what);
  const messages = Array.isArray(body.messages) ? body.messages : [];
  const changed = rule?.change(messages) ?? messages;
  return changed === messages ? body : { ...body, messages: [...changed] };
}

/** What a refusal demands of the order of messages, most explicit first; the wire says how that is done. */
function demandedOrders(message: string): OrderDemand[] {
  return RULES.filter(({ refusal }) => refusal.test(message)).map(({ what }) => what);
}

/** Blank texts are as empty as none to some servers. */
function fillAll(messages: readonly Json[]): readonly Json[] {
  const full = messages.map((message) => isObject(message) ? fill(message) : message);
  return full.some((message, at) => message !== messages[at]) ? full : messages;
}

function fill(message: JsonObject): JsonObject {
  const { content } = message;
  if (!Array.isArray(content)) {
    return isBlank(content) ? { ...message, content: NOTHING } : message;
  }
  const kept = content.filter((part) =>
    !isObject(part) || part.type !== "text" || !isBlank(part.text)
  );
  if (kept.length === content.length && kept.length > 0) return message;
  return { ...message, content: kept.length === 0 ? NOTHING : kept };
}

function isBlank(text: Json | undefined): boolean {
  return (filled(text) ?? "").trim() === "";
}
