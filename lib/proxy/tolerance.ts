/**
 * Whether an answer with a flaw is asked for again: once in an exchange, and only where that can still be done. After
 * that the client gets it as it is, because it tells the model what is wrong, which a failed turn cannot.
 *
 * @module
 */

import type { Observer } from "../observe/observer.ts";
import type { Ledger } from "./answer/ledger.ts";
import type { Report } from "./report.ts";
import type { RequestSoFar } from "./request.ts";
import type { Route } from "./route/route.ts";

/** What decides. */
interface ToleranceContext {
  readonly request: RequestSoFar;
  readonly route: Route;
  readonly ledger: Ledger;
  readonly report: Report;
}

/**
 * Decides over one flaw of the present attempt.
 *
 * @param flaw what is wrong, in words, for the log
 * @returns whether the answer is taken as it is
 */
export function toleratesFlaw(
  flaw: string,
  { request, route: { target: { retry } }, ledger, report }: ToleranceContext,
  observer: Pick<Observer, "notice">,
): boolean {
  // What the client runs already cannot be asked for again.
  const last = report.attempts >= retry.attempts || ledger.resume === "complete";
  if (!last && request.askAgain()) return false;
  observer.notice("warning", `${flaw}; the client gets the answer as it is`);
  return true;
}
