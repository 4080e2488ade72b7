/**
 * Waits until an attempt of an exchange is due, and says who is asked: fixed up at once, somebody else at once, or the same
 * upstream after the wait of the retry policy.
 *
 * @module
 */

import { type Clock, type Random, sleep } from "../../base/clock.ts";
import type { Failure } from "../../base/errors.ts";
import { decide } from "../../upstream/retry.ts";
import type { Supply } from "../failover/supply.ts";
import type { Report } from "../report.ts";
import { MOST_FIXED, type RequestSoFar } from "./request.ts";

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
  /** Whom the request is made for. */
  #asked: string;

  /** @param options its supply has asked nobody yet */
  constructor(readonly options: NextAttemptOptions) {
    this.#asked = options.supply.needed[0]?.name ?? "";
  }

  /** Waits for the turn, and makes the request one for who is asked. @returns gives the turn back */
  async turn(request: RequestSoFar): Promise<() => void> {
    const { report, supply, signal } = this.options;
    const give = await supply.take(signal, report);
    const { name, model, route } = supply;
    if (name !== this.#asked && !request.replaced) {
      this.#asked = name;
      report.moved(route.target);
      request.moveTo(model);
    }
    return give;
  }

  /** Waits. @throws `shown`, with what was tried, where there is no other attempt */
  async due({ failure, shown, fixed, stays, replays }: Broken): Promise<void> {
    const { clock, random, report, supply, signal, explain } = this.options;
    const { retry } = supply.route.target;
    const again = (how: string) =>
      report.again(failure.code, `${failure.message}; ${how}`, 0, replays);
    if (fixed && supply.attempts < Math.max(retry.attempts, MOST_FIXED)) {
      return again(`sent again ${fixed}`);
    }
    const other = stays ? undefined : supply.failed(failure);
    if (other !== undefined) return again(other);
    const tried = { failure, attempts: supply.attempts, waited: this.#waited };
    const decision = decide({ ...tried, random: random.random() }, retry);
    const instead = stays
      ? undefined
      : decision.again
      ? supply.insteadOfWait(failure, decision.wait)
      : supply.gaveUp(failure, retry.maxWait - this.#waited);
    if (instead !== undefined) return again(instead);
    if (!decision.again) {
      const { asked } = supply;
      const others = asked.length > 1 ? `asked: ${asked.join(", ")}` : undefined;
      const why = [decision.why, others].filter((each) => each !== undefined).join("; ");
      throw report.exhausted(await explain?.(shown) ?? shown, why || undefined);
    }
    report.again(failure.code, failure.message, decision.wait, replays);
    supply.rest();
    await sleep(clock, decision.wait, signal);
    this.#waited += decision.wait;
  }
}
