/**
 * Classifies a provider's error to a failure: the code by its profile, with the provider's own message.
 *
 * @module
 */

import { Failure, type FailureCode } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { classifyAnswer } from "../../provider/errors/classify.ts";
import type { ErrorKind } from "../../provider/profile.ts";
import type { BadAnswer } from "../../upstream/attempt_call.ts";
import { providerWait } from "../../upstream/provider_wait.ts";
import type { Target } from "./target.ts";

const CODE: Readonly<Record<ErrorKind, FailureCode>> = {
  transient: "overloaded",
  rate_limited: "rate_limited",
  quota: "quota",
  refused: "refused",
  moderated: "moderated",
  overflow: "context_overflow",
};

/** Plans renew within a month. */
const LONGEST_PLAN_MS = 31 * 24 * 60 * 60_000;

/** What a refusal is classified by, besides the refusal itself. */
export interface ClassifyContext {
  readonly target: Target;
  /** Time since the epoch in milliseconds, for dates in Retry-After. */
  readonly wall: () => number;
  /** Advice for a refusal, where the key and the host do not match. */
  readonly keyHint: string | undefined;
  /** Keys that were sent along and may be echoed. */
  readonly secrets: readonly string[];
}

/** Classifies an HTTP answer that is no stream. */
export function answerFailure(answer: BadAnswer, context: ClassifyContext): Failure {
  const { status, headers, text } = answer;
  const ok = status >= 200 && status < 300;
  return failure(text, undefined, ok ? null : status, headers, context);
}

/** Classifies an error inside a stream. @param text the event's JSON text */
export function eventFailure(error: JsonObject, text: string, context: ClassifyContext): Failure {
  return failure(text, error, null, new Headers(), context);
}

function failure(
  text: string,
  json: JsonObject | undefined,
  status: number | null,
  headers: Headers,
  { target, wall, keyHint, secrets }: ClassifyContext,
): Failure {
  const classified = classifyAnswer(target.profile, {
    status,
    text,
    secrets,
    ...(json && { json }),
  });
  const { kind, message } = classified;
  const retryAfter = kind === "transient" || kind === "rate_limited" || kind === "quota"
    ? providerWait({
      headers,
      text,
      wallNow: wall(),
      ...kind === "quota" && { longest: LONGEST_PLAN_MS },
    })
    : undefined;
  const hint = classified.hint ?? (status === 401 || status === 403 ? keyHint : undefined);
  return new Failure(CODE[kind], sentence(target.title, status, message), {
    ...(retryAfter !== undefined && { retryAfter }),
    ...(hint !== undefined && { hint }),
    ...(status !== null && { upstreamStatus: status }),
  });
}

/** The message as a sentence about the upstream; the classifier's own messages already name the status or the answer. */
function sentence(title: string, status: number | null, message: string): string {
  if (message.startsWith("HTTP ")) return `${title} answered with ${message}`;
  if (message.startsWith("An answer ")) return `${title} sent an${message.slice("An".length)}`;
  return status === null
    ? `${title} answered with an error: ${message}`
    : `${title} answered HTTP ${status}: ${message}`;
}
