/**
 * Waits until the next attempt of an exchange is due, and says who is asked: fixed up at once, somebody else at once, or the same
 * upstream after the wait of the retry policy.
 *
 * @module
 */

import { type Clock, type Random, sleep } from "../../base/clock.ts";
import type { Failure } from "../../base/errors.ts";
import { decide } from "../../upstream/retry.ts";
import type { Supply } from "../failover/supply.ts";
import type { Report } from "../report.ts";
import { MOST_FIXED } from "./request.ts";

/** What of an exchange decides. */
interface NextAttemptOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly report: Report;
  readonly supply: Supply;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /** Says more of the failure that the client will read. */
  readonly explain: ((failure: Failure) => Promise<Failure>) | undefined;
}

/** How an attempt failed. */
interface Broken {
  readonly failure: Failure;
  /** The failure that the client reads where there is no other attempt. */
  readonly shown: Failure;
  /** What is different in the next request, as the end of a log line. */
  readonly fixed: string | undefined;
  /** Whether only the same upstream may be asked. */
  readonly stays: boolean;
  /** Whether the client has a part of the answer. */
  readonly replays: boolean;
}

/** The waits of one exchange. */
export class NextAttempt {
  #waited = 0;

  constructor(readonly options: NextAttemptOptions) {}

  /** Returns whether somebody else is asked. @throws `shown`, with what was tried, where there is no other attempt */
  async due({ failure, shown, fixed, stays, replays }: Broken): Promise<boolean> {
    const { clock, random, report, supply, signal, explain } = this.options;
    const { retry } = supply.route.target;
    if (fixed && report.attempts < Math.max(retry.attempts, MOST_FIXED)) {
      report.again(failure.code, `${failure.message}; sent again ${fixed}`, 0, replays);
      return false;
    }
    const other = stays ? undefined : supply.failed(failure);
    if (other !== undefined) {
      report.moved(supply.route.target);
      report.again(failure.code, `${failure.message}; ${other}`, 0, replays);
      return true;
    }
    const tried = { failure, attempts: supply.attempts, waited: this.#waited };
    const decision = decide({ ...tried, random: random.random() }, retry);
    if (!decision.again) {
      const { asked } = supply;
      const others = asked.length > 1 ? `asked: ${asked.join(", ")}` : undefined;
      const why = [decision.why, others].filter((each) => each !== undefined).join("; ");
      throw report.exhausted(await explain?.(shown) ?? shown, why || undefined);
    }
    report.again(failure.code, failure.message, decision.wait, replays);
    await sleep(clock, decision.wait, signal);
    this.#waited += decision.wait;
    return false;
  }
}
