/**
 * Where one request goes: an upstream of config.yaml or a relay host, with everything the exchange needs to know of it.
 *
 * @module
 */

import type { Retry, Timeouts, Wire } from "../../config/config.ts";
import type { Profile } from "../../provider/profile.ts";

/** A resolved destination. Built by `router.ts`, read by `exchange.ts` and `passthrough.ts`. */
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
}
