/**
 * Codex's question with limits of time and size: the program that answers may send events without end.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import { askLikeCodex, type ClientAnswer, type ClientOptions } from "../../simulate/client.ts";

/** The most bytes of one answer. */
const MAX_BYTES = 16 * 1024 * 1024;

/** Asks once. Never rejects. @param timeout of the whole answer, in milliseconds */
export async function askBounded(options: ClientOptions, timeout: number): Promise<ClientAnswer> {
  const { clock, onBytes } = options;
  const stop = new AbortController();
  const cancel = clock.after(timeout, () => {
    stop.abort(new Failure("silence", `no complete answer within ${showDuration(timeout)}`));
  });
  let left = MAX_BYTES;
  try {
    return await askLikeCodex({
      ...options,
      signal: stop.signal,
      onBytes(bytes) {
        left -= bytes.length;
        if (left < 0) {
          throw new Failure("too_large", "the answer is larger than the doctor reads: 16 MiB");
        }
        onBytes?.(bytes);
      },
    });
  } finally {
    cancel();
  }
}
