/**
 * Where a request goes and the headers it gets there, or the reason why it goes nowhere.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import type { Address } from "../inbound/address.ts";
import { WIRES } from "../wires/wires.ts";
import { KEY_HEADERS, upstreamHeaders } from "./headers.ts";
import { refuseLogin } from "./login.ts";
import type { Router } from "./router.ts";
import type { Target } from "./target.ts";

/** A target, and one client's headers for it. */
export interface Aim {
  readonly target: Target;
  /** For the upstream, key included. */
  readonly headers: Headers;
}

/**
 * Finds the target and makes the headers.
 *
 * @param from the client's headers
 * @throws {Failure} `no_route`, `relay_refused`, `bad_config`, `login_token`
 */
export function aim(
  address: Address,
  from: Headers,
  { router, config }: { readonly router: Router; readonly config: Pick<Config, "listen"> },
  model?: string,
): Aim {
  const target = router.target(address, model);
  return withKey(target.key, target, from, config);
}

/** The same for a known target and one of its keys; `undefined`: the client's own. @throws {Failure} `login_token` */
export function withKey(
  key: string | undefined,
  target: Target,
  from: Headers,
  { listen }: Pick<Config, "listen">,
): Aim {
  const { wire, profile } = target;
  const { takesLogin } = profile;
  const { authHeaders, ownAuth } = WIRES[wire];
  const headers = upstreamHeaders(from, {
    token: listen.token,
    auth: key === undefined ? undefined : authHeaders(key, profile),
    rekeyed: ownAuth ? (own) => authHeaders(own, profile) : undefined,
    takesLogin,
  });
  refuseLogin(headers, target);
  return { target, headers };
}

/** The same for another upstream than the one that the address names: the client's key belongs to that one alone. */
export function aimAt(
  upstream: string,
  { rest, query, kind }: Address,
  from: Headers,
  deps: Parameters<typeof aim>[2],
): Aim {
  const headers = new Headers(from);
  // Below /v1 the client leaves it to the sidecar who gets its request.
  for (const name of kind === "default" ? [] : KEY_HEADERS) headers.delete(name);
  return aim({ kind: "named", name: upstream, rest, query }, headers, deps);
}
