/**
 * The two forms in which a client may want its answer: a stream of events, or one Response object as JSON.
 *
 * A client that waits for JSON gets white space as heartbeats: JSON may begin with it, and it keeps the connection open.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import type { Numbering } from "./numbering.ts";
import { responseObject } from "../../wire/response_object.ts";
import { type ResponsesEvent, TERMINAL } from "../../wire/responses.ts";
import { writeSse } from "../../wire/sse.ts";
import { heartbeat } from "./heartbeat.ts";

/** How an answer is written. */
export interface AnswerForm {
  readonly contentType: string;
  /** The text of one event; empty where the form does not show it. */
  event(event: ResponsesEvent): string;
  /** The text of one heartbeat. */
  heartbeat(): string;
}

/** The headers of an answer in one form. @param upstream who answers, as far as it is known when the head goes out */
export function headersOf({ contentType }: AnswerForm, upstream: string): Record<string, string> {
  return {
    "cache-control": "no-store",
    "x-accel-buffering": "no", // an nginx as front proxy would otherwise hold back heartbeats
    "content-type": contentType,
    "x-sidecar-upstream": upstream,
  };
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
 * One Response object: that of the terminal event, which holds the complete answer. A failure after the head went out as
 * a 200 has its documented form: a response of the status `failed` with its `error`, and nothing of the answer that broke off:
 * some SDKs take what text there is for the answer, whatever its status.
 */
export const completeAnswer: AnswerForm = {
  contentType: "application/json",
  event: ({ type, data: { response } }) =>
    TERMINAL.has(type) && isObject(response) ? JSON.stringify(withAllFields(response)) : "",
  heartbeat: () => "\n",
};

/** Adds every field that the schema requires, and to the error the fields of HTTP errors, which some SDKs read alone. */
function withAllFields(response: JsonObject): JsonObject {
  const { error, usage, ...rest } = response;
  const documented = {
    ...responseObject({ id: "", createdAt: 0, model: "" }, "completed"),
    ...rest,
    ...(isObject(usage) ? { usage } : {}),
  };
  if (!isObject(error)) return documented;
  const type = error.code === "invalid_prompt" ? "invalid_request_error" : "server_error";
  return { ...documented, output: [], error: { ...error, type, param: null } };
}

/** Only the terminal event of an answer, for a client that sees nothing else. */
export async function* onlyTheEnd(
  batches: AsyncIterable<ResponsesEvent[]>,
): AsyncGenerator<ResponsesEvent[], void> {
  for await (const batch of batches) {
    const last = batch.at(-1);
    if (last && TERMINAL.has(last.type)) yield [last];
  }
}
