/**
 * The health of the upstreams' keys as gauges for Prometheus: state, requests that are with them, requests that wait.
 *
 * @module
 */

import { Gauge, type Registry } from "@platformatic/prom-client";
import type { KeyHealth } from "./key_health.ts";
import { boundedLabels } from "./metrics_labels.ts";

const STATES = { closed: 0, "half-open": 1, open: 2 } as const;

/** Makes the gauges. @returns sets them; what it is not told of any more is not shown any more */
export function keyMetrics(
  registers: Registry[],
  most: number,
): (keys: readonly KeyHealth[]) => void {
  const gauge = (name: string, help: string) =>
    new Gauge({ name: `sidecar_key_${name}`, help, labelNames: ["key"], registers });
  const state = gauge(
    "state",
    "Whether a key is asked: 0 it is, 1 one request tries it, 2 not now",
  );
  const busy = gauge("busy", "Requests that are with a key of an upstream");
  const waiting = gauge("waiting", "Requests that wait for their turn at a key of an upstream");
  const labels = boundedLabels(most);
  return (keys) => {
    for (const each of [state, busy, waiting]) each.reset();
    const worst = new Map<string, number>();
    for (const each of keys) {
      const key = labels(each.name);
      worst.set(key, Math.max(worst.get(key) ?? 0, STATES[each.state]));
      busy.inc({ key }, each.busy);
      waiting.inc({ key }, each.waiting);
    }
    for (const [key, value] of worst) state.set({ key }, value);
  };
}
