/**
 * The sidecar's own token, which decides who may use it. It is compared in constant time, never forwarded, never shown.
 *
 * @module
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { Random } from "../../base/clock.ts";

/** The header that carries it beside a provider's key. */
export const TOKEN_HEADER = "x-sidecar-token";

/** A token for a sidecar that one command starts for itself: no other program may use the keys behind its port. */
export function newToken(random: Random): string {
  return random.id() + random.id();
}

/** Whether a request carries the token, as `Authorization: Bearer T` or as `x-sidecar-token: T`. */
export function carriesToken(headers: Headers, token: string): boolean {
  const own = headers.get(TOKEN_HEADER);
  if (own !== null && same(own, token)) return true;
  const authorization = headers.get("authorization");
  return authorization !== null && isToken(authorization, token);
}

/** Whether an `Authorization` value is the sidecar's token and not a provider's key. */
export function isToken(authorization: string, token: string): boolean {
  const bearer = /^bearer +(.*)$/i.exec(authorization)?.[1];
  return bearer !== undefined && same(bearer, token);
}

/** Hashing first makes the lengths equal, so that the time of the comparison reveals nothing about the token's. */
function same(given: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(token));
}
