/**
 * The sidecar's way to the network: one client for everything that goes upstream.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Net } from "../upstream/attempt_call.ts";
import { nodeClient } from "../upstream/transport/node_client.ts";

/**
 * Opens it. Close `client` when nothing runs any more.
 *
 * @param env reads an environment variable: proxies and certificate authorities.
 */
export function openNet(clock: Clock, env: (name: string) => string | undefined): Net {
  return { clock, client: nodeClient({ clock, env }) };
}
