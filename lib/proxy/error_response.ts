/**
 * The answer for a failure before the response head has gone out: one status and one body.
 *
 * The table of statuses names every code, or it does not compile. Codex has statuses of its own because it prints the
 * body of a 400 as it is, retries every other 4xx, and drops the text of 429 and 500 (docs/facts/codex.md §4).
 *
 * @module
 */

import type { Failure, FailureCode } from "../base/errors.ts";

/** Who reads the answer. */
interface ErrorResponseOptions {
  /** Whether the client is Codex. */
  readonly codex: boolean;
}

/** The status of every failure. `upstream`: the status the upstream gave, 400 where it gave none that is an error. */
const STATUS = {
  bad_usage: 400,
  bad_config: 400,
  bad_host: 403,
  bad_origin: 403,
  bad_token: 401,
  model_not_allowed: 403,
  too_many_requests: 429,
  budget_spent: 429,
  login_token: 403,
  relay_refused: 403,
  body_too_large: 413,
  body_timeout: 408,
  bad_encoding: 415,
  bad_content_type: 415,
  bad_request: "upstream",
  no_route: 404,
  upgrade_refused: 426,
  unreachable: 502,
  connect_timeout: 504,
  head_timeout: 504,
  overloaded: 503,
  rate_limited: 503,
  not_a_stream: 502,
  first_event_timeout: 504,
  silence: 504,
  no_progress: 504,
  broken_stream: 502,
  truncated: 502,
  empty_answer: 502,
  bad_answer: 502,
  too_large: 502,
  diverged: 502,
  refused: "upstream",
  quota: "upstream",
  moderated: "upstream",
  context_overflow: "upstream",
  client_gone: 499,
  shutting_down: 503,
  internal: 500,
} as const satisfies Record<FailureCode, number | "upstream">;

/** What Codex gets instead: 400 where it must print the message and stop, 502 where it must not drop it. */
const FOR_CODEX: Partial<Record<FailureCode, number>> = {
  bad_usage: 400,
  bad_config: 400,
  bad_request: 400,
  model_not_allowed: 400,
  // Of a 429 it drops the words; this it tells, waits as long as it is told, and asks again
  too_many_requests: 503,
  budget_spent: 400,
  refused: 400,
  quota: 400,
  moderated: 400,
  context_overflow: 400,
  internal: 502,
};

/** The HTTP status of a failure. */
export function statusOf(failure: Failure, { codex }: ErrorResponseOptions): number {
  const status = (codex ? FOR_CODEX[failure.code] : undefined) ?? STATUS[failure.code];
  if (status !== "upstream") return status;
  const given = failure.facts.upstreamStatus ?? 0;
  return given >= 400 && given <= 599 ? given : 400;
}

/**
 * The complete answer to a request that failed before its response head went out.
 *
 * Codex reads a 400 best as plain text, except an overflow, which it knows by the code in JSON. Everyone else gets
 * OpenAI's error object.
 */
export function errorResponse(failure: Failure, options: ErrorResponseOptions): Response {
  const status = statusOf(failure, options);
  const headers = new Headers({ "cache-control": "no-store" });
  if (failure.code === "bad_token") headers.set("www-authenticate", "Bearer");
  if (options.codex && status === 400 && failure.code !== "context_overflow") {
    headers.set("content-type", "text/plain; charset=utf-8");
    return new Response(failure.fullMessage, { status, headers });
  }
  // Codex would wait silently, however long that is; a user's minute is soon over
  const told = !options.codex || failure.code === "too_many_requests";
  if (failure.facts.retryAfter !== undefined && told) {
    headers.set("retry-after", String(Math.ceil(failure.facts.retryAfter / 1000)));
  }
  headers.set("content-type", "application/json");
  const error = {
    message: failure.fullMessage,
    type: status < 500 ? "invalid_request_error" : "server_error",
    code: failure.code === "context_overflow" ? "context_length_exceeded" : failure.code,
    param: null,
  };
  return new Response(JSON.stringify({ error }), { status, headers });
}
