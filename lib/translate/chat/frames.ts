/**
 * Reads the JSON objects in the SSE messages of a stream that is translated, however the provider framed them.
 *
 * Data that is not JSON is a failure: to skip it would lose a piece of the answer without a message.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { DONE } from "../../wire/end_mark.ts";
import { type IsAnswer, isCompletion, openEnvelope } from "../../wire/envelope.ts";
import type { SseMessage } from "../../wire/sse.ts";

/** The content of one message: its objects in order, and whether `[DONE]` follows them. */
interface Frames {
  readonly objects: readonly JsonObject[];
  readonly done: boolean;
}

const NOTHING: Frames = { objects: [], done: false };
const EXCERPT = 200;

/**
 * Reads one message.
 *
 * @param isAnswer what an envelope is opened for
 * @throws Failure `bad_answer` for data that is neither JSON nor `[DONE]`
 */
export function readFrames(
  { event, data }: SseMessage,
  isAnswer: IsAnswer = isCompletion,
): Frames {
  const json = parseJson(data);
  if (isObject(json)) return { objects: [openEnvelope(json, isAnswer)], done: false };
  if (Array.isArray(json) && json.length > 0 && json.every(isObject)) {
    return { objects: json.filter(isObject), done: false }; // a gateway's error, or chunks, in a list
  }
  const text = data.trim();
  if (text === "" || json === null || isHeartbeat(event)) return NOTHING;
  if (text === DONE) return { objects: [], done: true };
  return readLines(text, isAnswer);
}

/** Some servers end messages with a single newline: each line is a message of its own (docs/facts/providers.md §9, 20). */
function readLines(text: string, isAnswer: IsAnswer): Frames {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const end = lines.indexOf(DONE);
  const objects = (end < 0 ? lines : lines.slice(0, end)).map((line) => {
    const json = parseJson(line);
    if (isObject(json)) return openEnvelope(json, isAnswer);
    const excerpt = text.length > EXCERPT ? `${text.slice(0, EXCERPT)}…` : text;
    throw new Failure("bad_answer", `The stream holds data that is no JSON object: ${excerpt}`);
  });
  return { objects, done: end >= 0 };
}

function isHeartbeat(event: string | undefined): boolean {
  return event !== undefined && /^(ping|heartbeat|keep-?alive)$/i.test(event);
}
