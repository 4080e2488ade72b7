/**
 * The closed list of everything that can go wrong, and the one error class that carries it.
 *
 * A failure states facts and advice. Tables in other modules decide what follows from it: HTTP status, stream event, exit
 * code, another attempt. They do not compile unless they name every code.
 *
 * @module
 */

import { displayLine, displayText } from "./display.ts";
import { maskSecrets, REDACTED } from "./secrets/secrets.ts";

/** Every way in which the sidecar can fail, grouped by who is at fault. */
export type FailureCode =
  // the user's command line or settings
  | "bad_usage"
  | "bad_config"
  // the client's request, refused before anything goes upstream
  | "bad_host"
  | "bad_origin"
  | "bad_token"
  | "model_not_allowed"
  | "too_many_requests"
  | "budget_spent"
  | "login_token"
  | "relay_refused"
  | "body_too_large"
  | "body_timeout"
  | "bad_encoding"
  | "bad_content_type"
  | "bad_request"
  | "no_route"
  | "upgrade_refused"
  // the connection to the upstream
  | "unreachable"
  | "connect_timeout"
  | "head_timeout"
  // an answer that failed, and may succeed next time
  | "overloaded"
  | "rate_limited"
  | "not_a_stream"
  | "first_event_timeout"
  | "silence"
  | "no_progress"
  | "broken_stream"
  | "truncated"
  | "empty_answer"
  | "bad_answer"
  | "too_large"
  | "diverged"
  // an answer that will be the same next time
  | "refused"
  | "quota"
  | "moderated"
  | "context_overflow"
  // neither side's fault
  | "client_gone"
  | "shutting_down"
  | "internal";

/** The codes of the deadlines of an attempt. Each names a wait for the provider that took too long. */
export const DEADLINE_CODES: readonly FailureCode[] = [
  "connect_timeout",
  "head_timeout",
  "first_event_timeout",
  "silence",
  "no_progress",
];

/** Whether a code, such as one that was read from a recording, is one of {@link DEADLINE_CODES}. */
export function isDeadline(code: unknown): boolean {
  return DEADLINE_CODES.some((known) => known === code);
}

/** What a failure may carry besides its code and message. */
interface FailureFacts {
  /** The error underneath, kept for the log. */
  readonly cause?: unknown;
  /** What the user can do about it, one sentence. */
  readonly hint?: string;
  /** Milliseconds the provider asked us to wait before the next try. */
  readonly retryAfter?: number;
  /** The HTTP status the upstream answered with, where it answered. */
  readonly upstreamStatus?: number;
  /** The provider stopped in the middle, said so, and goes on when it is asked again. */
  readonly paused?: boolean;
}

/**
 * The only error thrown on purpose in `lib/`.
 *
 * `message` names what was attempted or who acted, then the fact: `Acme sent nothing for 3 m after 41 events`.
 * No full stop, no stack trace for the user. Message and hint are safe to show, also where they quote others: what looks like
 * a key is masked, what a terminal would act on is escaped.
 */
export class Failure extends Error {
  override readonly name = "Failure";

  readonly facts: FailureFacts;

  constructor(readonly code: FailureCode, message: string, facts: FailureFacts = {}) {
    super(shown(message), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.facts = facts.hint === undefined ? facts : { ...facts, hint: shown(facts.hint) };
  }

  /** The message and, where there is one, the hint: what a user reads. */
  get fullMessage(): string {
    return this.facts.hint ? `${this.message}. ${this.facts.hint}` : this.message;
  }
}

/** The failure with the secrets in `known` masked in its message and hint; the same object where they hold none. */
export function withoutSecrets(failure: Failure, known: readonly string[]): Failure {
  const message = maskSecrets(failure.message, known);
  const hint = failure.facts.hint && maskSecrets(failure.facts.hint, known);
  if (message === failure.message && hint === failure.facts.hint) return failure;
  return new Failure(failure.code, message, { ...failure.facts, ...(hint && { hint }) });
}

/** Most characters of a message or a hint. A longer one quotes something. */
const MAX_MESSAGE = 4_096;

function shown(text: string): string {
  return displayText(maskSecrets(text, [], { max: MAX_MESSAGE, mark: REDACTED }), MAX_MESSAGE);
}

/** Turns anything thrown into a {@link Failure}. Anything else than a failure is a bug of ours and becomes `internal`. */
export function asFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  // Its text is not ours: a line break in it must not begin a line of our message
  const line = displayLine(text, MAX_MESSAGE);
  return new Failure("internal", `The sidecar failed: ${line}`, { cause: thrown });
}
