/**
 * Keeps this process's own requests to itself: with a proxy in the environment, Deno sends requests to 127.0.0.1
 * through it too, unless NO_PROXY says otherwise (docs/facts/deno.md §6).
 *
 * @module
 */

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** Adds loopback to this process's NO_PROXY; for commands that talk to servers of their own. Before the first request. */
export function goStraightToLoopback(): void {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const given = Deno.env.get(name)?.split(",").map((host) => host.trim()).filter(Boolean) ?? [];
    Deno.env.set(name, [...new Set([...given, ...LOOPBACK])].join(","));
  }
}
