/**
 * Reads what a stranger answers: never more bytes than asked for, never longer than asked for, no redirect followed.
 *
 * Bytes are counted as they are decoded, so that a few compressed bytes cannot become many.
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
  /** The longest that the whole answer may take, in milliseconds. */
  readonly timeout: number;
  readonly clock: Clock;
}

/** A body, as far as it was read. */
export interface BoundedText {
  readonly text: string;
  /** Whether there was more. */
  readonly cut: boolean;
}

/** An answer, as far as it was read. */
export interface BoundedAnswer extends BoundedText {
  readonly status: number;
  readonly headers: Headers;
}

/**
 * Reads a body up to `maxBytes`, then leaves it, which closes the connection.
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
 * A GET whose answer is read within the bounds. A redirect is an answer like any other.
 *
 * @throws {Failure} `head_timeout` where the whole answer is not there in time; what `fetch` throws otherwise
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
      `No whole answer came within ${showDuration(timeout)}`,
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
    stop.abort(); // of a body that was left, or is still being read
  }
}

async function* empty(): AsyncGenerator<Uint8Array> {}
