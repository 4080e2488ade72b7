/**
 * The pass: what Codex shows the sidecar in place of a provider's key, where `init --all` gave it a provider.
 *
 * @module
 */

import type { Random } from "../clock.ts";

const PREFIX = "sidecar-pass-";

/** A new one. */
export function newPass(random: Random): string {
  return PREFIX + random.id() + random.id();
}

/** Whether a key is a pass, of this or any other sidecar; no provider takes one. */
export function isPass(key: string): boolean {
  return key.startsWith(PREFIX);
}
