/**
 * Whether a failure may be cured by another form of the request, by its code and status.
 *
 * @module
 */

import type { Failure, FailureCode } from "../../../base/errors.ts";
import { complainsOfRequest } from "../../../provider/errors/template_errors.ts";

/** Refusals of these kinds may be about one part of the request. */
const FIXABLE = new Set<number | undefined>([400, 404, 413, 422, undefined]);
/** Servers whose parser or template fails call that an error of their own. */
const FAILED_ON_IT = new Set<number | undefined>([500, 501, undefined]);

/** Whether it is a refusal that may be about one part of the request. */
export function isRefusal({ code, facts }: Failure): boolean {
  return code === "refused" && FIXABLE.has(facts.upstreamStatus);
}

/** Whether the server may have failed on a part of the request. */
export function isFailedOnRequest({ code, message, facts }: Failure): boolean {
  return code === "overloaded" &&
    (FAILED_ON_IT.has(facts.upstreamStatus) || complainsOfRequest(message));
}

/** What a refusal of a part of the request may be taken for, by its status or its code. */
export const ABOUT_THE_REQUEST: ReadonlySet<FailureCode> = new Set([
  "refused",
  "overloaded",
  "moderated",
]);

/** Statuses of a key or an account that is refused, whatever was asked. */
export const ABOUT_THE_ACCOUNT: ReadonlySet<number | undefined> = new Set([401, 402]);
