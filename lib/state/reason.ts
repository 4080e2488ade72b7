/**
 * Why a store does not answer, as it is shown: on one line, without the store's secrets.
 *
 * @module
 */

import { displayLine } from "../base/display.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";
import type { RedisAddress } from "../base/state/redis_url.ts";

/** Most characters of a reason that are shown. */
const MOST_SHOWN = 200;

/** What of an address is never shown. */
export function secretsOf({ password }: RedisAddress): readonly string[] {
  return password === undefined ? [] : [password];
}

/** @param secrets never shown */
export function shownReason(error: unknown, secrets: readonly string[]): string {
  const text = error instanceof Error ? error.message : String(error);
  return displayLine(maskSecrets(text, secrets), MOST_SHOWN);
}
