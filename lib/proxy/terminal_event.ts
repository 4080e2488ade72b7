/**
 * The terminal event for a failure after the 200 has gone out: the code of `response.failed` decides whether Codex shows
 * the message and stops, or tries again (docs/facts/codex.md §3.4).
 *
 * @module
 */

import type { FailureCode } from "../base/errors.ts";
import type { Call } from "./call.ts";
import { NEWEST } from "./codex_version.ts";

/** Failures that cost nothing of an answer whose finish reason has come. */
export const HARMLESS_AT_END: ReadonlySet<FailureCode> = new Set([
  "broken_stream",
  "silence",
]);

const STOP = "invalid_prompt";
const AGAIN = "server_error";
const OVERFLOW = "context_length_exceeded";

/** The `error.code` of every failure. */
const FAILED_CODE: Readonly<Record<FailureCode, string>> = {
  bad_usage: STOP,
  bad_config: STOP,
  bad_host: STOP,
  bad_origin: STOP,
  bad_token: STOP,
  model_not_allowed: STOP,
  too_many_requests: AGAIN,
  budget_spent: STOP,
  login_token: STOP,
  relay_refused: STOP,
  body_too_large: STOP,
  body_timeout: AGAIN,
  bad_encoding: STOP,
  bad_content_type: STOP,
  bad_request: STOP,
  no_route: STOP,
  upgrade_refused: STOP,
  unreachable: AGAIN,
  connect_timeout: AGAIN,
  head_timeout: AGAIN,
  overloaded: AGAIN,
  rate_limited: AGAIN,
  not_a_stream: AGAIN,
  first_event_timeout: AGAIN,
  silence: AGAIN,
  no_progress: AGAIN,
  broken_stream: AGAIN,
  truncated: AGAIN,
  empty_answer: AGAIN,
  bad_answer: AGAIN,
  too_large: STOP,
  diverged: STOP,
  refused: STOP,
  quota: STOP,
  moderated: STOP,
  context_overflow: OVERFLOW,
  client_gone: AGAIN,
  shutting_down: AGAIN,
  internal: AGAIN,
};

/**
 * The `error.code` of a `response.failed`. OpenAI's schema has no code for an overflow; Codex knows one all the same,
 * by which it compacts.
 */
export function failedCode(code: FailureCode, { codex }: { readonly codex: boolean }): string {
  const given = FAILED_CODE[code];
  return given === OVERFLOW && !codex ? STOP : given;
}

/**
 * Whether a failure is an event although its status could still be sent: this version of Codex shows the body of the
 * status as it is and does not know what it means (docs/facts/codex.md §8).
 */
export function isToldAsEvent(
  code: FailureCode,
  { codex, complete, traits = NEWEST }: Call,
): boolean {
  return codex && !complete && code === "context_overflow" && !traits.readsOverflowStatus;
}

/** Whether Codex sends the request again after a `response.failed` of this code. */
export function isAskedAgain(code: string): boolean {
  return code === AGAIN;
}
