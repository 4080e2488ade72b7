/**
 * The programs whose own proxy may stand between Codex and the sidecar, and the port of 127.0.0.1 at which each one
 * listens unless its user chose another (docs/facts/switchers.md §3, §5).
 *
 * @module
 */

/** Their ports by name. */
export const FRONT_PROXY_PORTS = { "cc-switch": 15_721, "Codex++": 57_321 } as const;

/** A name, as the user reads it. */
export type FrontProxy = keyof typeof FRONT_PROXY_PORTS;

/** The program whose port this is; `undefined` for any other port. */
export function frontProxyAt(port: number): FrontProxy | undefined {
  return FRONT_PROXIES.find((name) => FRONT_PROXY_PORTS[name] === port);
}

/** All of them. */
const FRONT_PROXIES = Object.keys(FRONT_PROXY_PORTS) as readonly FrontProxy[];
