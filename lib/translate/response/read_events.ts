/**
 * Reads the messages of a Responses upstream as events, with nothing changed. An error event is thrown as a failure.
 *
 * The provider's own heartbeats end here. The client gets the sidecar's heartbeats instead, so that what it receives
 * does not depend on what the provider happens to send.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, type JsonObject, parseJson } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { DONE } from "../../wire/end_mark.ts";
import { isResponsesAnswer, openEnvelope } from "../../wire/envelope.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { isBareError, saysError } from "../error_shape.ts";
import type { SseMessage } from "../../wire/sse.ts";
import { wellFormed } from "./well_formed.ts";

/** Turns the JSON of an error, wherever it stood, into the failure that it means. */
export type ClassifyError = (error: JsonObject, text: string) => Failure;

/** Event types that only keep a connection open. */
const KEEPALIVE: ReadonlySet<string> = new Set([
  "keepalive",
  "ping",
  "heartbeat",
  "response.heartbeat",
]);

/**
 * A stage from messages to events. {@link DONE} becomes an event of that type without fields.
 * @throws what `classify` makes of an error event
 */
export function responsesReader(
  { classify }: { classify: ClassifyError },
): Stage<SseMessage, ResponsesEvent> {
  return { push: (message) => readEvent(message, classify), end: () => [] };
}

function readEvent({ event, data }: SseMessage, classify: ClassifyError): ResponsesEvent[] {
  if (data.trim() === DONE) return [{ type: DONE, data: {} }];
  const parsed = parseJson(data);
  // Codex refuses an event that holds half a character, which JSON text can only hold as an escape.
  const json = parsed !== undefined && /\\ud[89a-f]/i.test(data) ? wellFormed(parsed) : parsed;
  if (json === undefined) {
    if (event === "error") throw classify({ error: { message: data } }, data);
    // Codex skips what it cannot parse. Here an event that was cut would then pass for a complete answer. Deltas are only for
    // display and may be skipped: gateways write `: keepalive` into one (codex2api#696), and `done` holds the complete text.
    if (/^\s*[{[]/.test(data) && !isDisplay(event, data)) {
      throw new Failure("bad_answer", "The stream held an event that is not valid JSON");
    }
    return [];
  }
  if (Array.isArray(json)) {
    const error = json.find((each) => isObject(each) && saysError(each));
    if (isObject(error)) throw classify(error, data);
  }
  if (!isObject(json)) return [];
  const inside = typeof json.type === "string" ? json : openEnvelope(json, isResponsesAnswer);
  if (inside !== json) return readEvent({ data: JSON.stringify(inside) }, classify);
  const type = filled(json.type) ?? filled(event);
  if (isError(type, json)) throw classify(json, data);
  if (type === undefined || KEEPALIVE.has(type) || isHeartbeatDelta(json)) return [];
  if (json.type !== type) return [responsesEvent(type, json)];
  return [json === parsed ? { type, data: json, text: data } : { type, data: json }];
}

/** Events that Codex reads for display alone: what they hold, the finished item holds too. */
const DISPLAY =
  /^response\.(?:[a-z_.]{1,64}\.delta|(?:content_part|reasoning_summary_part)\.(?:added|done)|(?:output_text|reasoning_text|reasoning_summary_text)\.done|in_progress|queued)$/;

/** Whether a message is for display alone, by its event type, or where it has none, by its data, which is no valid JSON. */
function isDisplay(event: string | undefined, data: string): boolean {
  // A quote in a string is escaped, so this is a key; a finished item inside of it would have a type of its own.
  const type = event ?? /"type"\s*:\s*"(response\.[a-z_.]{1,64})"/.exec(data)?.[1];
  return type !== undefined && DISPLAY.test(type);
}

/** Whether it is a gateway's heartbeat in the form of a delta, of an item that does not exist (cherry-studio#20026). */
function isHeartbeatDelta({ item_id: id }: JsonObject): boolean {
  return typeof id === "string" && id.length < 64 && /keep-?alive/i.test(id);
}

/** `error` events, `response.failed`, and bare error objects that some gateways put into a 200 stream. */
function isError(type: string | undefined, json: JsonObject): boolean {
  if (type === "error" || type === "response.failed" || type === "response.error") return true;
  if (type === undefined || !type.startsWith("response.")) {
    const nameless = type === undefined || /error$/i.test(type);
    return saysError(json) || (nameless && isBareError(json));
  }
  return type === "response.completed" && isObject(json.response) &&
    json.response.status === "failed";
}
