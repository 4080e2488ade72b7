/**
 * Takes secrets out of text that a person or a file will keep: `base/secrets/secrets.ts`, with a mark that says what was done.
 *
 * @module
 */

import { maskSecrets, REDACTED } from "../base/secrets/secrets.ts";

/**
 * The text with every secret replaced by `[redacted]`, a key's public prefix kept: `sk-[redacted]`. Redacting twice changes nothing.
 *
 * @param max characters that are kept of it
 */
export function redact(text: string, max = Infinity): string {
  return maskSecrets(text, [], { mark: REDACTED, max });
}
