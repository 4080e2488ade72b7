/**
 * The sidecar's way to the network: one client for everything that goes upstream.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Net } from "../upstream/attempt_call.ts";
import { reachByNet } from "../upstream/connect_probe.ts";

const PROXY_VARIABLES = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY"];

/**
 * Opens it. The client keeps no idle connection, because on a dead pooled one `fetch` silently sends a POST twice
 * (docs/facts/deno.md §6). Close `client` when nothing runs any more.
 *
 * @param env reads an environment variable; where one names a proxy, connections are the proxy's business.
 */
export function openNet(clock: Clock, env: (name: string) => string | undefined): Net {
  const proxied = PROXY_VARIABLES.some((name) => env(name) || env(name.toLowerCase()));
  return {
    clock,
    client: Deno.createHttpClient({ poolMaxIdlePerHost: 0 }),
    reach: reachByNet(() => proxied),
  };
}
