/**
 * What becomes known of one exchange: gathered while it runs, told to the observer, never asked by it.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure, type FailureCode } from "../base/errors.ts";
import { showDuration } from "../base/units.ts";
import type { ExchangeRecord, Observer, Outcome } from "../observe/observer.ts";
import type { Target } from "./target.ts";

/** Gathers the record of one exchange. */
export class Report {
  readonly #clock: Clock;
  readonly #observer: Observer;
  readonly #target: Target;
  readonly #started: number;
  readonly #record: { -readonly [K in keyof ExchangeRecord]: ExchangeRecord[K] };

  constructor(id: string, model: string, target: Target, clock: Clock, observer: Observer) {
    this.#clock = clock;
    this.#observer = observer;
    this.#target = target;
    this.#started = clock.now();
    this.#record = {
      id,
      upstream: target.name,
      model,
      path: "/responses",
      status: 200,
      head: null,
      firstContent: null,
      longestSilence: 0,
      beats: 0,
      replays: 0,
      attempts: 0,
      outcome: "failed",
      duration: 0,
    };
  }

  /** Upstream requests so far. */
  get attempts(): number {
    return this.#record.attempts;
  }

  attempt(): void {
    this.#record.attempts++;
  }

  head(): void {
    this.#record.head ??= this.#age();
  }

  content(): void {
    this.#record.firstContent ??= this.#age();
  }

  beat(): void {
    this.#record.beats++;
  }

  silence(ms: number): void {
    this.#record.longestSilence = Math.max(this.#record.longestSilence, ms);
  }

  /** An attempt came to nothing and another follows after `wait` ms. `replay`: the client has a part of the answer. */
  again(code: FailureCode, message: string, wait: number, replay: boolean): void {
    if (replay) this.#record.replays++;
    this.#observer.attemptFailed({
      upstream: this.#target.name,
      attempt: this.attempts,
      of: this.#target.retry.attempts,
      code,
      message,
      wait,
      phase: replay ? "after_content" : "before_content",
    });
  }

  /** The last failure, told with whose it is, how often and how long it was tried, and why no more. */
  exhausted(failure: Failure, why: string | undefined): Failure {
    const { attempts } = this;
    const { title } = this.#target;
    const named = failure.message.startsWith(title) ? "" : `${title}: `;
    const often = attempts === 1 ? "1 attempt" : `${attempts} attempts`;
    const tried = attempts === 1 && !why
      ? ""
      : ` (${often} in ${showDuration(this.#age())}${why ? `; ${why}` : ""})`;
    return new Failure(failure.code, `${named}${failure.message}${tried}`, failure.facts);
  }

  /** The exchange is over. */
  over(outcome: Outcome, status: number, failure: Failure | undefined): void {
    const record = this.#record;
    record.outcome = outcome;
    record.status = status;
    record.duration = this.#age();
    if (failure && outcome !== "client_gone") {
      record.code = failure.code;
      record.message = failure.words;
    }
    this.#observer.finished(record);
  }

  #age(): number {
    return this.#clock.now() - this.#started;
  }
}
