/**
 * Keeps this process's own requests to itself: with a proxy in the environment, Deno sends requests to 127.0.0.1
 * through it too, unless NO_PROXY says otherwise (docs/facts/deno.md §6).
 *
 * @module
 */

import { noProxyWithLoopback } from "../../base/loopback.ts";

/** Adds loopback to this process's NO_PROXY; for commands that talk to servers of their own. Before the first request. */
export function bypassProxyForLoopback(): void {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    Deno.env.set(name, noProxyWithLoopback(Deno.env.get(name)));
  }
}
