/**
 * `POST images/generations` and `images/edits`: where Codex asks for a picture, which most upstreams cannot make.
 *
 * They go to `images.upstream` as they are; without that setting to the upstream of their address. The client's key goes
 * along only where it belongs: to the upstream that was addressed, below `/v1` to the first one.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import type { Address } from "../inbound/address.ts";
import { type Aim, aim } from "../route/aim.ts";
import { KEY_HEADERS } from "../route/headers.ts";
import type { Router } from "../route/router.ts";

const PATHS: ReadonlySet<string> = new Set(["images/generations", "images/edits"]);

/**
 * Where a request for pictures goes; `undefined` for other requests, and where its address says.
 *
 * @param from the client's headers
 * @throws {Failure} `bad_config`, `login_token`
 */
export function imagesAim(
  { method, headers: from }: Pick<Request, "method" | "headers">,
  address: Address,
  deps: { readonly router: Router; readonly config: Pick<Config, "listen" | "images"> },
): Aim | undefined {
  const { rest, query } = address;
  const { upstream } = deps.config.images;
  if (method !== "POST" || upstream === null || !PATHS.has(rest)) return undefined;
  const headers = new Headers(from);
  if (deps.router.names(address)[0] !== upstream) {
    for (const name of KEY_HEADERS) headers.delete(name);
  }
  return aim({ kind: "named", name: upstream, rest, query }, headers, deps);
}
