/**
 * Ports of loopback that nobody has, for programs that must be told theirs.
 *
 * The system takes none of these by itself for a connection or for port 0, so nobody gets one between its choice and its use
 * but who asks here too, and then by chance alone.
 *
 * @module
 */

/** Below the ports that Linux (32768), Windows and macOS (49152) give away, and above those that `fetch` refuses. */
const FIRST = 20_000;
const COUNT = 12_000;
const TRIES = 100;

/** A port of 127.0.0.1 that nothing listens on. */
export function freePort(): number {
  for (let tries = 1;; tries++) {
    try {
      const port = FIRST + Math.floor(Math.random() * COUNT);
      using listener = Deno.listen({ hostname: "127.0.0.1", port });
      return listener.addr.port;
    } catch (error) {
      // Windows keeps ranges of ports for itself: PermissionDenied
      const taken = error instanceof Deno.errors.AddrInUse ||
        error instanceof Deno.errors.PermissionDenied;
      if (!taken || tries === TRIES) throw error;
    }
  }
}
