/**
 * The hint for a key that does not belong to the host, the most common mistake of new users (docs/facts/providers.md §1.1).
 *
 * @module
 */

import type { Profile } from "./profile.ts";

/**
 * One sentence when the key's prefix belongs to other hosts of this provider, else `undefined`.
 *
 * Says nothing about hosts that are not the provider's own: a gateway may take any key.
 * The key never appears in the sentence.
 *
 * @param host The host name that is asked, without a port.
 * @param key The key without `Bearer`.
 */
export function keyHint(profile: Profile, host: string, key: string): string | undefined {
  const name = host.toLowerCase();
  if (!profile.hosts.includes(name)) return undefined;
  const rule = profile.keys.find(({ prefix }) => key.startsWith(prefix));
  return rule === undefined || rule.hosts.includes(name) ? undefined : rule.hint;
}
