/**
 * Every secret that the sidecar knows while it serves one request: providers may echo them, and they must not be shown.
 *
 * @module
 */

import { headerSecrets, urlSecrets } from "../../base/secrets/sources.ts";
import { KEY_HEADERS } from "./headers.ts";
import type { Target } from "./target.ts";

/** The parts of a request that may hold secrets. */
interface SecretHolder {
  readonly target: Target;
  /** The headers for the upstream. */
  readonly headers: Headers;
  /** Empty, or `?…`. */
  readonly query: string;
}

/**
 * The key in use, whatever else the headers hold, what the address holds, and the sidecar's own token.
 *
 * @param token the sidecar's own, where it has one.
 */
export function secretsOf(
  { target, headers, query }: SecretHolder,
  token: string | null | undefined,
): string[] {
  const keys = KEY_HEADERS.map((name) => headers.get(name) ?? "");
  const found = [
    target.key,
    ...target.keys ?? [],
    token,
    ...keys,
    ...headerSecrets(headers),
    ...urlSecrets(target.base + query),
  ];
  return [...new Set(found)].filter((secret): secret is string => Boolean(secret));
}
