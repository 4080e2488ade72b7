/**
 * The network client that all requests to upstreams share.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Net } from "./attempt_call.ts";
import { nodeClient } from "./transport/node_client.ts";

/**
 * Makes clock and client of a process. Close `client` when no exchange is running.
 *
 * @param env reads an environment variable: proxies and certificate authorities.
 */
export function openNet(clock: Clock, env: (name: string) => string | undefined): Net {
  return { clock, client: nodeClient({ clock, env }) };
}
