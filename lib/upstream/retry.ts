/**
 * The retry policy: whether and when to try again, as a pure function of what has happened so far.
 *
 * @module
 */

import type { Failure, FailureCode } from "../base/errors.ts";
import { showDuration } from "../base/units.ts";
import type { Retry } from "../config/config.ts";

/** Which failures another attempt may cure. A new code does not compile without an entry. */
export const RETRYABLE: Readonly<Record<FailureCode, boolean>> = {
  bad_usage: false,
  bad_config: false,
  bad_host: false,
  bad_origin: false,
  bad_token: false,
  model_not_allowed: false,
  too_many_requests: false,
  budget_spent: false,
  login_token: false,
  relay_refused: false,
  body_too_large: false,
  body_timeout: false,
  bad_encoding: false,
  bad_content_type: false,
  bad_request: false,
  no_route: false,
  upgrade_refused: false,
  unreachable: true,
  connect_timeout: true,
  head_timeout: true,
  overloaded: true,
  rate_limited: true,
  not_a_stream: true,
  first_event_timeout: true,
  silence: true,
  no_progress: true,
  broken_stream: true,
  truncated: true,
  empty_answer: true,
  bad_answer: true,
  too_large: false,
  diverged: false,
  refused: false,
  quota: false,
  moderated: false,
  context_overflow: false,
  client_gone: false,
  shutting_down: false,
  internal: false,
};

/** The facts when an attempt has failed. */
export interface Tried {
  readonly failure: Failure;
  /** Upstream requests made so far. */
  readonly attempts: number;
  /** Milliseconds already spent waiting between attempts. */
  readonly waited: number;
  /** A random number in [0, 1), for the jitter. */
  readonly random: number;
}

/** Try again after `wait` milliseconds, or give up; `why` names the reason where the failure alone does not. */
type RetryDecision =
  | { readonly again: true; readonly wait: number }
  | { readonly again: false; readonly why?: string };

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/**
 * Decides whether another attempt follows. It never comes before the wait that the provider asked for; up to 5 % are
 * added to that. A wait of less than half a second is none.
 */
export function decide({ failure, attempts, waited, random }: Tried, retry: Retry): RetryDecision {
  if (!RETRYABLE[failure.code]) return { again: false };
  if (attempts >= retry.attempts) return { again: false };
  const asked = failure.facts.retryAfter;
  // A clock that is late, or a server that knows no better, asks for nothing.
  const named = asked !== undefined && asked >= FIRST_WAIT_MS;
  const wait = named ? asked * (1 + 0.05 * random) : backoff(attempts, random);
  const left = retry.maxWait - waited;
  if ((asked ?? wait) <= left) return { again: true, wait: Math.min(wait, left) };
  return {
    again: false,
    why: asked === undefined
      ? `the ${showDuration(retry.maxWait)} of retry.max_wait are used up`
      : `it asks to wait ${showDuration(asked)}, and retry.max_wait leaves ${showDuration(left)}`,
  };
}

/** Exponential, doubled each time from half a second to half a minute, with a jitter of a quarter either way. */
function backoff(attempts: number, random: number): number {
  const base = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempts - 1));
  return base * (0.75 + 0.5 * random);
}
