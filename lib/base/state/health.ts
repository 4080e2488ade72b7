/**
 * How the state is that replicas share, as `/healthz`, `status` and the metrics tell it.
 *
 * @module
 */

/** The health of the shared state. */
export interface StateHealth {
  /** Where it is kept, without a secret: `Redis at 10.0.0.5:6379`. */
  readonly title: string;
  /** Whether it answers; if not, limits, cooldowns and the queue are this sidecar's own. */
  readonly reachable: boolean;
  /** Milliseconds since that is so. */
  readonly since: number;
  /** Calls that were answered, that failed, and that were not made because it was gone. */
  readonly calls: { readonly answered: number; readonly failed: number; readonly skipped: number };
}
