/**
 * What `status` says of an upstream's key that is not asked now, or that requests wait for.
 *
 * @module
 */

import type { KeyHealth } from "../../observe/key_health.ts";
import { sayKey } from "../../base/wait/key_words.ts";

/** The line of a key; none while all is well. */
export function keyLines(key: KeyHealth): string[] {
  const says = sayKey(key);
  return says ? [says.en] : [];
}
