/**
 * Whether an answer with a flaw is asked for again: once in an exchange, and only where that can still be done. After
 * that the client gets it as it is, because it tells the model what is wrong, which a failed turn cannot.
 *
 * @module
 */

import type { Observer } from "../../observe/observer.ts";
import type { Ledger } from "../answer/ledger.ts";
import type { Report } from "../report.ts";
import type { RequestSoFar } from "./request.ts";
import type { Learned } from "../route/learned/learned.ts";
import type { Route } from "../route/route.ts";

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

/** The upstream that ended its answer to a request without saying so. */
const ENDED = new WeakMap<RequestSoFar, string>();

/**
 * Decides whether what looks like a break is the way in which an upstream ends its answers: it is once it happened twice to
 * the same request, and from then on.
 *
 * @param habit what it does, in words, for the log
 */
export function believesHabit(
  habit: string,
  { request, route: { target: { name } } }: Pick<ToleranceContext, "request" | "route">,
  { observer, learned }: {
    readonly observer: Pick<Observer, "notice">;
    readonly learned: Learned;
  },
): boolean {
  if (learned.refuses(name, "finish reason")) return true;
  if (ENDED.get(request) !== name) {
    ENDED.set(request, name);
    return false;
  }
  learned.record(name, "finish reason");
  observer.notice("info", `${habit}; from now on its end mark counts`);
  return true;
}
