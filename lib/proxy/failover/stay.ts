/**
 * How long a thread stays with who answered it.
 *
 * @module
 */

import type { Stay } from "./affinity.ts";
import type { Choice, Choices } from "./choices.ts";
import { openUntil } from "./outages.ts";

/** How long with a fallback at least, in milliseconds: its prompt cache has been paid for. */
const LEAST_STAY_MS = 30_000;

/**
 * Where a thread is from now on: with a fallback until the first one may be asked again.
 *
 * @param before where it was
 * @param now in milliseconds on the clock
 */
export function stayOf(
  choices: Choices,
  { at, key }: Choice,
  before: Stay | undefined,
  now: number,
): Stay {
  const { name: candidate } = choices.candidate({ at, key });
  if (at === 0) return { candidate, key, until: 0 };
  const until = before?.candidate === candidate
    ? before.until
    : Math.max(now + LEAST_STAY_MS, openUntil(choices.candidate({ at: 0, key: 0 }), now));
  return { candidate, key, until };
}
