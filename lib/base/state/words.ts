/**
 * What is said of the state that replicas share: in `status`.
 *
 * @module
 */

import { showDuration } from "../units.ts";
import type { StateHealth } from "./health.ts";

/** One line. */
export function sayState({ title, reachable, since }: StateHealth): string {
  return reachable
    ? `limits are shared with other sidecars: ${title}`
    : `${title} has not answered for ${
      showDuration(since)
    }: limits, cooldowns and the queue are this sidecar's own`;
}
