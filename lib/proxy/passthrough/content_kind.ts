/**
 * What the head of an answer says of its body: whether it is an event stream, and whether its coding can be decoded.
 *
 * @module
 */

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
