/**
 * The local token: what Codex shows the sidecar in place of a provider's key, where `init --all` gave it a provider.
 *
 * Its rule: it proves who asks to this sidecar, and no provider gets it.
 *
 * @module
 */

import type { Random } from "../clock.ts";

/** Written into settings of Codex, by which `undo` finds them: it never changes. */
const PREFIX = "sidecar-pass-";

/** A new one. */
export function newLocalToken(random: Random): string {
  return PREFIX + random.id() + random.id();
}

/** Whether a key is a local token, of this or any other sidecar; no provider takes one. */
export function isLocalToken(key: string): boolean {
  return key.startsWith(PREFIX);
}
