/**
 * The two forms in which a client may want its answer: a stream of events, or one Response object as JSON.
 *
 * Whoever waits for JSON gets white space while it waits: JSON may begin with it, and it keeps the connection awake.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import type { Numbering } from "./numbering.ts";
import { responseObject } from "../../wire/response_object.ts";
import { type ResponsesEvent, TERMINAL } from "../../wire/responses.ts";
import { writeSse } from "../../wire/sse.ts";
import { heartbeat } from "../heartbeat.ts";

/** How an answer is written. */
export interface AnswerForm {
  readonly contentType: string;
  /** One event; empty where the client learns nothing of it. */
  event(event: ResponsesEvent): string;
  /** One heartbeat. */
  heartbeat(): string;
}

/** Server-sent events with heartbeats between them. */
export function eventStream(numbering: Numbering): AnswerForm {
  return {
    contentType: "text/event-stream; charset=utf-8",
    event(event) {
      const { type, data, text: untouched } = numbering.number(event);
      return writeSse({ event: type, data: untouched ?? JSON.stringify(data) });
    },
    heartbeat: () => heartbeat(numbering.take()),
  };
}

/**
 * One Response object: that of the terminal event, which holds the whole answer. A failure after the head went out as
 * a 200 is the documented form of one: a response of the status `failed` with its `error`.
 */
export const completeAnswer: AnswerForm = {
  contentType: "application/json",
  event: ({ type, data: { response } }) =>
    TERMINAL.has(type) && isObject(response) ? JSON.stringify(documented(response)) : "",
  heartbeat: () => "\n",
};

/** With every field that the schema requires, and the error also as HTTP errors have it: there are SDKs that read no other. */
function documented(response: JsonObject): JsonObject {
  const { error, usage, ...rest } = response;
  const whole = {
    ...responseObject({ id: "", createdAt: 0, model: "" }, "completed"),
    ...rest,
    ...(isObject(usage) ? { usage } : {}),
  };
  if (!isObject(error)) return whole;
  const type = error.code === "invalid_prompt" ? "invalid_request_error" : "server_error";
  return { ...whole, error: { ...error, type, param: null } };
}

/** Of the batches of an answer only its end, for a client that sees nothing else. */
export async function* onlyTheEnd(
  batches: AsyncIterable<ResponsesEvent[]>,
): AsyncGenerator<ResponsesEvent[], void> {
  for await (const batch of batches) {
    const last = batch.at(-1);
    if (last && TERMINAL.has(last.type)) yield [last];
  }
}
