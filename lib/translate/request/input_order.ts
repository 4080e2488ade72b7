/**
 * The order of input items that a server of the Responses API demands, because the template behind it does.
 *
 * The demands are those of the other wire; nothing anybody said is lost.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { firstDemand, type OrderDemand } from "./fix_up_order.ts";
import { READ } from "./message_order.ts";

const CHANGES: ReadonlyMap<string, (body: JsonObject) => JsonObject> = new Map<
  OrderDemand,
  (body: JsonObject) => JsonObject
>([
  ["system messages", (body) => withInput(body, lateInstructions)],
  ["the system role", noInstructions],
  ["user messages after a tool's", (body) => withInput(body, afterOutputs)],
  [
    "two messages of one role in a row",
    (body) => withInput(body, (items) => joinUsers(afterOutputs(lateInstructions(items)))),
  ],
]);

/**
 * Puts the input in the order that a refusal asks for.
 *
 * @param message the provider's words, shortened by the caller
 * @param already what was changed before in this exchange
 */
export function fixUpInputOrder(
  message: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): ReturnType<typeof firstDemand> {
  return firstDemand(message, already, body, applyInputOrder);
}

/** The input in an order that was demanded; the same body where it stands in it. */
export function applyInputOrder(body: JsonObject, what: string): JsonObject {
  return CHANGES.get(what)?.(body) ?? body;
}

function withInput(
  body: JsonObject,
  change: (items: readonly Json[]) => readonly Json[],
): JsonObject {
  const { input } = body;
  if (!Array.isArray(input)) return body;
  const changed = change(input);
  return changed.length === input.length && changed.every((item, at) => item === input[at])
    ? body
    : { ...body, input: [...changed] };
}

/** Instructions that come after the beginning are the user's words; beside a field of their own, all of them do. */
function lateInstructions(items: readonly Json[]): readonly Json[] {
  const first = items.findIndex((item) => !isInstruction(item));
  return items.map((item, at) => at > first && first >= 0 ? asUser(item) : item);
}

function noInstructions(body: JsonObject): JsonObject {
  const { instructions, ...rest } = body;
  const text = filled(instructions);
  const { input } = rest;
  const items = typeof input === "string" ? [message("user", "input_text", input)] : input;
  if (!Array.isArray(items) || (text === undefined && !items.some(isInstruction))) return body;
  const lead = text === undefined ? [] : [message("user", "input_text", text)];
  return { ...rest, input: [...joinUsers([...lead, ...items.map(asUser)])] };
}

function afterOutputs(items: readonly Json[]): readonly Json[] {
  return items.flatMap((item, at) => {
    const before = items[at - 1];
    const isAfter = isObject(before) && String(before.type).endsWith("_output");
    const isOthers = isInstruction(item) || isUser(item);
    return isAfter && isOthers ? [message("assistant", "output_text", READ), item] : [item];
  });
}

function joinUsers(items: readonly Json[]): readonly Json[] {
  const result: Json[] = [];
  for (let at = 0; at < items.length;) {
    let end = at + 1;
    while (isUser(items[at]) && isUser(items[end])) end++;
    const run = items.slice(at, end).filter(isObject);
    const [first] = run;
    result.push(
      first === undefined || run.length < 2
        ? items[at] as Json
        : { ...first, content: run.flatMap(({ content }) => partsOf(content)) },
    );
    at = end;
  }
  return result;
}

function partsOf(content: Json | undefined): Json[] {
  if (Array.isArray(content)) return content;
  return typeof content === "string" ? [{ type: "input_text", text: content }] : [];
}

function message(role: string, type: string, text: string): JsonObject {
  return { type: "message", role, content: [{ type, text }] };
}

function asUser(item: Json): Json {
  return isObject(item) && isInstruction(item) ? { ...item, role: "user" } : item;
}

function isUser(item: Json | undefined): boolean {
  return isObject(item) && item.role === "user";
}

function isInstruction(item: Json | undefined): boolean {
  return isObject(item) && (item.role === "developer" || item.role === "system");
}
