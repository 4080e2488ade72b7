/**
 * What a failure means for all other requests to the same upstream: its circuits open, its queue waits or goes elsewhere.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import type { Candidate, KeyedRoute } from "./candidate.ts";
import { isOfKey, isOfOneModel, isOutage } from "./policy.ts";

/** The longest that others wait for one refusal's limit, in milliseconds. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** Pause of a key whose limit names no time, where its user has given it a limit too. */
const SHORT_PAUSE_MS = 1_000;

/** A key has met its limit: the others who would ask with it wait, or go elsewhere. */
export function noteLimit({ lane, route: { target } }: KeyedRoute, failure: Failure): void {
  const { code, message, facts: { retryAfter } } = failure;
  lane.circuit.failed(message, retryAfter);
  // Nobody is kept waiting for what would be refused then.
  if (code === "rate_limited" && (retryAfter ?? 0) <= target.retry.maxWait) {
    const least = target.concurrency === undefined ? 0 : SHORT_PAUSE_MS;
    lane.slots.pause(Math.min(retryAfter ?? least, LONGEST_PAUSE_MS));
  }
  lane.slots.reconsider();
}

/** A time that a refusal names is believed from this length on; shorter ones would bring the others back at once. */
const LEAST_NAMED_MS = 30_000;

/** An outage is one of all keys of an upstream. Anything else is none. */
export function noteOutage({ keyed }: Candidate, failure: Failure): void {
  if (!isOutage(failure) || isOfKey(failure) || isOfOneModel(failure)) return;
  const { message, facts: { retryAfter = 0 } } = failure;
  const named = retryAfter > LEAST_NAMED_MS ? retryAfter : undefined;
  for (const { lane } of keyed) lane.circuit.failed(message, named);
  for (const { lane } of keyed) lane.slots.reconsider();
}

/** When a candidate may be asked again, in milliseconds on the clock. */
export function openUntil({ keyed }: Candidate, now: number): number {
  const ends = keyed.map(({ lane: { circuit: { state } } }) =>
    state.is === "open" ? state.until : now
  );
  return Math.min(...ends);
}
