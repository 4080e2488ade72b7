/**
 * What `status` says of an upstream's key that is not asked now, or that requests wait for.
 *
 * @module
 */

import { showDuration } from "../../base/units.ts";
import type { KeyHealth } from "../../observe/key_health.ts";

/** The line of a key; none while all is well. */
export function keyLines({ name, state, opens = 0, busy, waiting }: KeyHealth): string[] {
  const facts = [
    ...state === "open" ? [`could not answer; tried again in ${showDuration(opens)}`] : [],
    ...state === "half-open" ? ["could not answer; the next request tries it again"] : [],
    ...waiting > 0 ? [`${waiting} ${waiting === 1 ? "waits" : "wait"} behind ${busy}`] : [],
  ];
  return facts.length === 0 ? [] : [`upstream ${name}: ${facts.join("; ")}`];
}
