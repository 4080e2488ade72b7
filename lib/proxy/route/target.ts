/**
 * A target: an upstream of config.yaml or a relay host, resolved from settings and provider profile alone. It holds nothing
 * of a client's request; `route.ts` adds that. `router.ts` makes it.
 *
 * @module
 */

import type { Retry, Timeouts, Wire } from "../../config/config.ts";
import type { Profile } from "../../provider/profile.ts";

/** A resolved destination, the same for every request that goes there. */
export interface Target {
  /** For logs and metrics: the upstream's key in config.yaml, or the relay's host. */
  readonly name: string;
  /** For sentences: `Acme AI`, or the host where no profile knows it. */
  readonly title: string;
  /** The base below which paths hang, without a trailing slash: `https://api.example.com/v1`. */
  readonly base: string;
  readonly wire: Wire;
  readonly profile: Profile;
  readonly timeouts: Timeouts;
  readonly retry: Retry;
  /** Replaces the client's key when set. */
  readonly key: string | undefined;
  /** The keys of a pool, {@link key} the first of them. @default there is no pool */
  readonly keys?: readonly string[];
  /** Requests at once for each key. @default as many as come */
  readonly concurrency?: number;
}
