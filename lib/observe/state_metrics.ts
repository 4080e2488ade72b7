/**
 * How the state is that replicas share, for Prometheus: whether it answers, and what became of the calls.
 *
 * Its rule: a sidecar that shares nothing shows no value, so that no alert fires for it.
 *
 * @module
 */

import { Counter, Gauge, type Registry } from "@platformatic/prom-client";
import type { StateHealth } from "../base/state/health.ts";

/** Makes the metrics. @returns sets them */
export function stateMetrics(registers: Registry[]): (state: StateHealth | undefined) => void {
  const reachable = new Gauge({
    name: "sidecar_shared_state_up",
    help:
      "Whether the state that replicas share answers: 1 it does, 0 limits are this sidecar's own",
    labelNames: ["kind"],
    registers,
  });
  const calls = new Counter({
    name: "sidecar_shared_state_calls_total",
    help: "Calls to the state that replicas share, by what became of them; skipped: it was gone",
    labelNames: ["result"],
    registers,
  });
  return (state) => {
    if (!state) return;
    reachable.set({ kind: "redis" }, state.reachable ? 1 : 0);
    calls.reset();
    for (const [result, count] of Object.entries(state.calls)) calls.inc({ result }, count);
  };
}
