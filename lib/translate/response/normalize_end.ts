/**
 * The end of an answer as Codex needs it: the items that were not finished before, and the terminal event.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import { responseObject } from "../../wire/response_object.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { callText } from "./normalize_item.ts";
import { changed, type ReceivedItem } from "./received_item.ts";
import { strictUsage, writesFractions } from "../usage.ts";

/**
 * An item whose `done` never came: as it is in the complete `output`, else as it was received.
 *
 * @throws Failure `bad_answer` for a call whose arguments are cut
 */
export function lateItem(
  given: Json | undefined,
  open: ReceivedItem | undefined,
): JsonObject | undefined {
  if (isObject(given) && (!open || given.type === open.early.type)) return given;
  const item = open?.early;
  if (
    item?.type === "function_call" &&
    parseJson(callText(item.arguments, open?.args.toString() ?? "")) === undefined
  ) {
    throw new Failure("bad_answer", "The answer was called complete in the middle of a tool call");
  }
  return item;
}

/** Whether a `response.completed` can go out as it came. @param usage the strict form of its usage */
export function isSoundEnd(
  { type, text }: ResponsesEvent,
  response: JsonObject,
  usage: Json | undefined,
): boolean {
  return type === "response.completed" && filled(response.id) !== undefined &&
    response.end_turn === undefined && !writesFractions(text) &&
    (usage === response.usage || response.usage === undefined);
}

/** `response.completed` for a response. @param id the id that was announced, where the response itself has none */
export function completion(
  response: JsonObject,
  event: ResponsesEvent,
  id: string,
): ResponsesEvent {
  // `end_turn: false` makes Codex ask again at once, which only its own provider means (docs/facts/codex.md §3.3).
  const { end_turn: _, ...rest } = response;
  return changed({ type: "response.completed", data: event.data }, {
    type: "response.completed",
    response: { ...rest, id: filled(response.id) ?? id, status: "completed" },
  });
}

/**
 * `response.incomplete` for an answer that reached the longest length.
 *
 * @throws Failure `moderated`, `bad_answer` where it was cut for another reason
 */
export function incompletion(event: ResponsesEvent, id: string): ResponsesEvent {
  const response = isObject(event.data.response) ? event.data.response : {};
  const details = response.incomplete_details;
  const reason = isObject(details) ? filled(details.reason) : undefined;
  if (reason === "content_filter") {
    throw new Failure("moderated", "The provider's content filter stopped the answer");
  }
  if (reason !== "max_output_tokens" && reason !== "length") {
    const message = `The provider left the answer incomplete (${reason ?? "no reason given"})`;
    throw new Failure("bad_answer", message);
  }
  return changed({ type: "response.incomplete", data: event.data }, {
    type: "response.incomplete",
    response: {
      ...response,
      id: filled(response.id) ?? id,
      status: "incomplete",
      incomplete_details: { reason: "max_output_tokens" },
      usage: strictUsage(response.usage),
    },
  });
}

/** `response.completed` where the provider only sent `[DONE]`. @param announced the response that the provider announced */
export function markedEnd(announced: JsonObject | undefined, id: string): ResponsesEvent {
  const { created_at: created, model } = announced ?? {};
  const createdAt = typeof created === "number" ? created : 0;
  const response = responseObject({ id, createdAt, model: filled(model) ?? "" }, "completed");
  return responsesEvent("response.completed", { response, sequence_number: 0 });
}
