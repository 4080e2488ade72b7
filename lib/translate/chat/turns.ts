/**
 * The input list put in the order a Chat server demands: every call answered exactly once, right after the message
 * that made it (docs/facts/providers.md §1.6, §2).
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { answerOf } from "../reasoning_mark.ts";

/** A call and what came back from it. */
export interface AnsweredCall {
  readonly call: JsonObject;
  /** `undefined`: the turn ended before the tool did. */
  readonly output: JsonObject | undefined;
}

/** What the model did in one go: thought, said something, called tools. */
export interface AssistantTurn {
  readonly kind: "assistant";
  readonly reasoning: JsonObject[];
  readonly messages: JsonObject[];
  readonly calls: AnsweredCall[];
}

/** What others said. */
export interface OtherTurn {
  readonly kind: "message" | "orphan";
  /** A message, or for `orphan` an output that answers no call. */
  readonly item: JsonObject;
}

/**
 * Groups input items. Reasoning, assistant messages and calls that stand together become one round; a message or an
 * output between them ends it. Items of other types are left out: nothing on this wire could say them. So is reasoning
 * that broke off with its answer and was given again.
 */
export function toTurns(input: readonly Json[]): (AssistantTurn | OtherTurn)[] {
  const items = withoutGivenAgain(input.filter(isObject));
  const outputs = matchOutputs(items);
  const used = new Set(outputs.values());
  const turns: (AssistantTurn | OtherTurn)[] = [];
  let open: AssistantTurn | undefined;
  const assistant = (): AssistantTurn => {
    if (!open) turns.push(open = { kind: "assistant", reasoning: [], messages: [], calls: [] });
    return open;
  };
  for (const item of items) {
    if (item.type === "reasoning") assistant().reasoning.push(item);
    else if (item.type === "function_call") {
      assistant().calls.push({ call: item, output: outputs.get(item) });
    } else if (item.type === "function_call_output") {
      open = undefined;
      if (!used.has(item)) turns.push({ kind: "orphan", item });
    } else if (isMessage(item)) {
      if (item.role === "assistant") assistant().messages.push(item);
      else {
        open = undefined;
        turns.push({ kind: "message", item });
      }
    }
  }
  return turns;
}

/**
 * Leaves out reasoning of an answer that broke off, where another answer thought again before anybody else spoke. A message
 * between the two was begun by the one and finished by the other.
 */
function withoutGivenAgain(items: readonly JsonObject[]): JsonObject[] {
  let last: string | undefined;
  const kept = items.toReversed().filter((item) => {
    if (item.type === "function_call_output" || (isMessage(item) && item.role !== "assistant")) {
      last = undefined;
    }
    const answer = answerOf(item);
    if (answer === undefined) return true;
    last ??= answer;
    return answer === last;
  });
  return kept.toReversed();
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
