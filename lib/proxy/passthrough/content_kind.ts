/**
 * What the head of an answer says of its body: whether it is an event stream, whether its coding can be decoded, and whether it is.
 *
 * @module
 */

import { isRefusal } from "./masked_answer.ts";

/** Whether an answer is an event stream in a coding that can be decoded, so that heartbeats can be inserted. */
export function isEventStream(headers: Headers): boolean {
  return /^\s*text\/event-stream\b/i.test(headers.get("content-type") ?? "") &&
    isDecodable({ headers });
}

/** Whether the body has no coding, or one that can be decoded. */
export function isDecodable({ headers }: Pick<Response, "headers">): boolean {
  return /^\s*(?:identity|x-gzip|gzip|deflate|br|zstd)?\s*$/i.test(
    headers.get("content-encoding") ?? "",
  );
}

/** Whether the body is decoded, because the sidecar reads it. @param read whether it does in any case */
export function isDecoded(answer: Pick<Response, "status" | "headers">, read = false): boolean {
  return isDecodable(answer) && (read || isEventStream(answer.headers) || isRefusal(answer));
}
