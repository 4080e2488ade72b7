/**
 * One bounded request on behalf of a search: so long, so many bytes, then it is over.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import { decoded } from "../../upstream/content_encoding.ts";
import type { Client, Outgoing } from "../../upstream/transport/client.ts";

/** What bounds a request. */
export interface Limits {
  readonly clock: Clock;
  /** Milliseconds for the request and its complete answer. */
  readonly timeout: number;
  /** Bytes of the decoded body that are read; the rest is left. */
  readonly maxBytes: number;
}

/** The answer, its body cut where it was longer. */
export interface LimitedAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Uint8Array;
  readonly cut: boolean;
}

/**
 * Sends a request and reads its answer.
 *
 * @throws {Failure} `head_timeout`, `broken_stream`, what the client throws; the signal's reason
 */
export async function sendLimited(
  client: Client,
  outgoing: Outgoing,
  { clock, timeout, maxBytes }: Limits,
): Promise<LimitedAnswer> {
  const { signal, title } = outgoing;
  const stop = new AbortController();
  const leave = () => stop.abort(signal.reason);
  if (signal.aborted) leave();
  else signal.addEventListener("abort", leave, { once: true });
  const late = new Failure(
    "head_timeout",
    `${title} did not answer within ${showDuration(timeout)}`,
  );
  const cancel = clock.after(timeout, () => stop.abort(late));
  try {
    const answer = await client.send({ ...outgoing, signal: stop.signal });
    const { status, headers } = answer;
    const body = decoded(answer.body, headers.get("content-encoding"));
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      while (size <= maxBytes) {
        const read = await body.read();
        if (!read) break;
        for (const chunk of read) {
          if (size < maxBytes) chunks.push(chunk.subarray(0, maxBytes - size));
          size += chunk.length;
        }
      }
    } catch (error) {
      if (error instanceof Failure) throw error;
      throw new Failure("broken_stream", `${title} sent a compressed body that is broken`, {
        cause: error,
      });
    } finally {
      body.cancel(undefined);
    }
    stop.signal.throwIfAborted();
    return { status, headers, bytes: joined(chunks), cut: size > maxBytes };
  } finally {
    cancel();
    signal.removeEventListener("abort", leave);
    stop.abort(new Failure("client_gone", "The request is over"));
  }
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(chunks.reduce((size, { length }) => size + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
