/**
 * What a failure means for who is asked next: the same upstream again, another key of it, or another upstream. A pure table.
 *
 * Its rule: what is the request's own fault is nobody else's business.
 *
 * @module
 */

import type { Failure, FailureCode } from "../../base/errors.ts";
import { saysNoSuchModel } from "../../provider/openai_models.ts";

/** Who may be asked next, in the words of the log. */
export type AsksOthers =
  /** Another upstream, at once: this one cannot answer, or has taken minutes to fail. */
  | "at once"
  /** Another upstream after some failures: this one may still answer. */
  | "soon"
  /** Another upstream, if its model has a larger window. */
  | "larger"
  /** Nobody. */
  | "never";

const ASKS_OTHERS: Readonly<Record<FailureCode, AsksOthers>> = {
  bad_usage: "never",
  bad_config: "never",
  bad_host: "never",
  bad_origin: "never",
  bad_token: "never",
  model_not_allowed: "never",
  too_many_requests: "never",
  budget_spent: "never",
  login_token: "never",
  relay_refused: "never",
  body_too_large: "never",
  body_timeout: "never",
  bad_encoding: "never",
  bad_content_type: "never",
  bad_request: "never",
  no_route: "never",
  upgrade_refused: "never",
  unreachable: "at once",
  connect_timeout: "at once",
  head_timeout: "at once",
  overloaded: "soon",
  rate_limited: "soon",
  not_a_stream: "soon",
  first_event_timeout: "at once",
  silence: "at once",
  no_progress: "at once",
  broken_stream: "soon",
  truncated: "soon",
  empty_answer: "soon",
  bad_answer: "soon",
  too_large: "never",
  diverged: "never",
  refused: "never",
  quota: "at once",
  moderated: "never",
  context_overflow: "larger",
  client_gone: "never",
  shutting_down: "never",
  internal: "never",
};

/** A key, an account: nothing that another upstream with a key of its own would refuse. */
const OWN_ACCOUNT: ReadonlySet<number | undefined> = new Set([401, 402]);

/** Where a request may go after a failure. */
export function asksOthers(failure: Failure): AsksOthers {
  const { code, message, facts: { upstreamStatus, paused } } = failure;
  if (paused) return "never";
  if (code !== "refused") return ASKS_OTHERS[code];
  return OWN_ACCOUNT.has(upstreamStatus) || saysNoSuchModel(message) ? "at once" : "never";
}

/** Whether another key of the same upstream may help. A bare 403 is none of the key's limits. */
export function isOfKey({ code, facts: { upstreamStatus } }: Failure): boolean {
  return code === "rate_limited" || code === "quota" ||
    (code === "refused" && OWN_ACCOUNT.has(upstreamStatus));
}

/** Whether the failure speaks against the upstream: nobody else should run into it now. */
export function isOutage(failure: Failure): boolean {
  const where = asksOthers(failure);
  return where === "at once" || where === "soon";
}

/** Whether it speaks against one model alone; requests for others go well. */
export function isOfOneModel({ code, message, facts: { upstreamStatus } }: Failure): boolean {
  return code === "refused" && !OWN_ACCOUNT.has(upstreamStatus) && saysNoSuchModel(message);
}

/** Whether another upstream may judge the request otherwise. */
export function isOfThisOne({ code }: Failure): boolean {
  return code === "refused" || code === "moderated" || code === "context_overflow";
}
