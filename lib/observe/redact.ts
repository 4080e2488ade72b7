/**
 * Removes secrets from text that is shown or stored; `base/secrets/secrets.ts` with a mark in place of each secret.
 *
 * @module
 */

import { maskSecrets, REDACTED } from "../base/secrets/secrets.ts";

/**
 * Replaces every secret by `[redacted]` and keeps the public prefix of a key: `sk-[redacted]`. Idempotent.
 *
 * @param max the most characters of the result
 */
export function redact(text: string, max = Infinity): string {
  return maskSecrets(text, [], { mark: REDACTED, max });
}
