/**
 * Puts the input list in the order that a Chat server demands: every call is answered exactly once, right after the message
 * that made it (docs/facts/providers.md §1.6, §2).
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { answerOf } from "../opaque/reasoning_mark.ts";

/** A call and its output. */
export interface AnsweredCall {
  readonly call: JsonObject;
  /** `undefined` where the turn ended before the tool. */
  readonly output: JsonObject | undefined;
}

/** One turn of the model: its reasoning, its messages and its calls. */
export interface AssistantTurn {
  readonly kind: "assistant";
  readonly reasoning: JsonObject[];
  readonly messages: JsonObject[];
  /** Both in the order in which they came; the reasoning first where an answer broke off, because the other one began with it. */
  readonly said: JsonObject[];
  readonly calls: AnsweredCall[];
}

/** One item that is not the model's. */
export interface OtherTurn {
  readonly kind: "message" | "orphan";
  /** A message; for `orphan` an output that answers no call. */
  readonly item: JsonObject;
}

/**
 * Groups input items. Consecutive reasoning, assistant messages and calls become one turn; a message of another role or an
 * output ends it. Two kinds of items are left out: types that the Chat wire does not have, and reasoning of an answer that
 * broke off and was given again.
 */
export function toTurns(input: readonly Json[]): (AssistantTurn | OtherTurn)[] {
  const items = input.filter(isObject);
  const again = givenAgain(items);
  const outputs = matchOutputs(items);
  const used = new Set(outputs.values());
  const turns: (AssistantTurn | OtherTurn)[] = [];
  let open: AssistantTurn | undefined;
  /** Whether an answer of the turn broke off. */
  let broken = false;
  const assistant = (): AssistantTurn => {
    if (!open) {
      turns.push(open = { kind: "assistant", reasoning: [], messages: [], said: [], calls: [] });
      broken = false;
    }
    return open;
  };
  for (const item of items) {
    if (again.has(item)) {
      assistant();
      broken = true;
    } else if (item.type === "reasoning") {
      const { said, reasoning } = assistant();
      said.splice(broken ? reasoning.length : said.length, 0, item);
      reasoning.push(item);
    } else if (item.type === "function_call") {
      assistant().calls.push({ call: item, output: outputs.get(item) });
    } else if (item.type === "function_call_output") {
      open = undefined;
      if (!used.has(item)) turns.push({ kind: "orphan", item });
    } else if (isMessage(item)) {
      if (item.role === "assistant") {
        assistant().messages.push(item);
        assistant().said.push(item);
      } else {
        open = undefined;
        turns.push({ kind: "message", item });
      }
    }
  }
  return turns;
}

/**
 * The reasoning of answers that broke off, where the reasoning of another answer follows before an output or a message of
 * another role. An assistant message between the two was begun by the first answer and finished by the second.
 */
function givenAgain(items: readonly JsonObject[]): ReadonlySet<JsonObject> {
  let last: string | undefined;
  const again = new Set<JsonObject>();
  for (const item of items.toReversed()) {
    if (item.type === "function_call_output" || (isMessage(item) && item.role !== "assistant")) {
      last = undefined;
    }
    const answer = answerOf(item);
    if (answer === undefined) continue;
    last ??= answer;
    if (answer !== last) again.add(item);
  }
  return again;
}

/** Gives each output to the latest unanswered call before it that has its id: ids may repeat across turns. */
function matchOutputs(items: readonly JsonObject[]): Map<JsonObject, JsonObject> {
  const waiting = new Map<string, JsonObject[]>();
  const answers = new Map<JsonObject, JsonObject>();
  for (const item of items) {
    const id = filled(item.call_id) ?? "";
    if (item.type === "function_call") {
      const calls = waiting.get(id);
      if (calls) calls.push(item);
      else waiting.set(id, [item]);
    }
    if (item.type !== "function_call_output") continue;
    const call = waiting.get(id)?.pop();
    if (call) answers.set(call, item);
  }
  return answers;
}

/** Messages may come without `type`, as the API allows. */
function isMessage(item: JsonObject): boolean {
  return item.type === "message" || (item.type === undefined && filled(item.role) !== undefined);
}
