/**
 * Excludes loopback from the environment's proxy: with a proxy set, Deno sends requests to 127.0.0.1 through it too,
 * unless NO_PROXY names that address (docs/facts/deno.md §6).
 *
 * @module
 */

import { noProxyWithLoopback } from "../../base/loopback.ts";

/** Adds loopback to this process's NO_PROXY. Commands that ask their own servers call it before the first request. */
export function bypassProxyForLoopback(): void {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    Deno.env.set(name, noProxyWithLoopback(Deno.env.get(name)));
  }
}
