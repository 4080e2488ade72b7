/**
 * Reads the answer of a server that is not trusted: at most so many bytes, for at most so long, and it follows no redirect.
 *
 * Bytes are counted after decompression, so that a few compressed bytes cannot become many.
 *
 * @module
 */

import type { Clock } from "./clock.ts";
import { Failure } from "./errors.ts";
import { showDuration } from "./units.ts";

/** How much of a body is read. */
export interface Bounds {
  /** The most bytes, decoded. */
  readonly maxBytes: number;
  /** The longest that the complete answer may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** The part of a body that was read. */
export interface BoundedText {
  readonly text: string;
  /** Whether the body had more bytes. */
  readonly cut: boolean;
}

/** An answer whose body may have been cut. */
export interface BoundedAnswer extends BoundedText {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * Reads a body up to `maxBytes`, as UTF-8. Where the body has more, the rest is not read, which closes the connection.
 *
 * @throws what the body throws
 */
export async function readBounded(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<BoundedText> {
  const decoder = new TextDecoder();
  let [text, left, cut] = ["", maxBytes, false];
  for await (const bytes of body) {
    cut = bytes.length > left;
    text += decoder.decode(cut ? bytes.subarray(0, left) : bytes, { stream: true });
    left -= bytes.length;
    if (cut) break;
  }
  return { text: text + decoder.decode(), cut };
}

/**
 * Sends a GET and reads its answer within the bounds. A redirect is returned like any other answer.
 *
 * @throws {Failure} `head_timeout` where the complete answer does not come in time; what `fetch` throws otherwise
 */
export async function fetchBounded(
  url: string,
  headers: Readonly<Record<string, string>>,
  bounds: Bounds,
): Promise<BoundedAnswer> {
  const { maxBytes, timeout, clock } = bounds;
  const stop = new AbortController();
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(timeout, () => {
    const slow = new Failure(
      "head_timeout",
      `No complete answer came within ${showDuration(timeout)}`,
    );
    late.reject(slow);
    stop.abort(slow);
  });
  const answer = async () => {
    const response = await fetch(url, { headers, redirect: "manual", signal: stop.signal });
    const { text, cut } = await readBounded(response.body ?? empty(), maxBytes);
    return { status: response.status, headers: response.headers, text, cut };
  };
  try {
    return await Promise.race([answer(), late.promise]);
  } finally {
    cancel();
    stop.abort(); // ends a body that was not read to its end
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
