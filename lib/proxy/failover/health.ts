/**
 * How the upstreams are, as `status`, the dashboard and the metrics tell it: one line for each key.
 *
 * Its rule: names, numbers and states alone. No key is in it, and no words of a provider.
 *
 * @module
 */

import type { Lane } from "../../upstream/pool/lanes.ts";
import type { KeyHealth } from "../../observe/key_health.ts";

/** How all keys that were used are; those in trouble first. */
export function healthOf(lanes: readonly Lane[], now: number): KeyHealth[] {
  const all = lanes.map(({ name, slots: { busy, waiting }, circuit: { state } }): KeyHealth => ({
    name,
    state: state.is,
    ...state.is === "open" && { opens: Math.ceil(state.until - now) },
    busy,
    waiting,
  }));
  const trouble = ({ state, waiting }: KeyHealth) =>
    (state === "closed" ? 0 : 2) + (waiting > 0 ? 1 : 0);
  return all.sort((a, b) => trouble(b) - trouble(a));
}
