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

/** The programs by the ports at which they listen on this machine; one may have several. */
export type Fronts = ReadonlyMap<number, FrontProxy>;

/** The ports that are known without anybody's settings; 15722 is that of cc-switch's command line fork. */
export const USUAL_FRONTS: Fronts = new Map<number, FrontProxy>([
  [FRONT_PROXY_PORTS["cc-switch"], "cc-switch"],
  [15_722, "cc-switch"],
  [FRONT_PROXY_PORTS["Codex++"], "Codex++"],
]);

/** The program whose port this is; `undefined` for any other port. */
export function frontProxyAt(port: number, fronts: Fronts = USUAL_FRONTS): FrontProxy | undefined {
  return fronts.get(port);
}

/** The ports of one program, the first one first. */
export function portsOf(name: FrontProxy, fronts: Fronts): number[] {
  return [...fronts].flatMap(([port, one]) => one === name ? [port] : []);
}
