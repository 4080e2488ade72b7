/**
 * What is known of the wait in one exchange: when bytes and content last came, which attempt runs, when the next begins.
 *
 * @module
 */

import type { Clock } from "../clock.ts";
import type { WaitFact } from "./facts.ts";

/** An attempt after the first one is worth telling from this long after the trouble on; most of them answer at once. */
const TROUBLE_MS = 2_000;

/** The facts of one exchange, as they become known. */
export class Waiting {
  readonly #clock: Pick<Clock, "now">;
  readonly #after: number;
  #who = "";
  #attempt = 0;
  #of = 0;
  /** When the client last got something, or when it began to wait. */
  #fed: number;
  /** When the last byte came, or the attempt began. */
  #byte: number;
  /** Whether a byte came since then. */
  #heard = false;
  #next: { readonly at: number } | undefined;
  #troubled: number | undefined;
  #replays = false;
  #noted: WaitFact | undefined;

  /** @param after the silence in milliseconds that is worth telling */
  constructor(clock: Pick<Clock, "now">, after: number) {
    this.#clock = clock;
    this.#after = after;
    this.#fed = this.#byte = clock.now();
  }

  /** An attempt begins. @param number from 1 on */
  attempt(who: string, number: number, of: number): void {
    this.#who = who;
    this.#attempt = number;
    this.#of = of;
    this.#next = undefined;
    this.#byte = this.#clock.now();
    this.#heard = false;
  }

  /** Bytes have come, whatever they say. */
  bytes(): void {
    this.#byte = this.#clock.now();
    this.#heard = true;
  }

  /** The answer was brought forward: all is well. */
  content(): void {
    this.#fed = this.#byte = this.#clock.now();
    this.#troubled = this.#noted = undefined;
  }

  /** An attempt failed, and the next begins in `wait` ms. @param replays whether the client has a part of the answer */
  again(wait: number, replays: boolean): void {
    const now = this.#clock.now();
    this.#troubled ??= now;
    this.#replays = replays;
    this.#next = { at: now + wait };
  }

  /** Something else is worth telling until content comes: a queue, a fallback, a model that was chosen. */
  note(fact: WaitFact): void {
    this.#troubled ??= this.#clock.now();
    this.#noted = fact;
  }

  /** What is worth telling now; `undefined` while all is well. */
  fact(): WaitFact | undefined {
    const now = this.#clock.now();
    const who = this.#who;
    const silent = now - this.#byte;
    const [attempt, of] = [this.#attempt, this.#of];
    if (this.#troubled !== undefined) {
      if (now - this.#troubled < Math.min(TROUBLE_MS, this.#after)) return undefined;
      if (this.#next) {
        return { kind: "retry_wait", who, attempt: attempt + 1, of, ms: this.#next.at - now };
      }
      if (silent >= Math.max(this.#after, SILENT_AGAIN_MS)) {
        return { kind: "silent", who, ms: silent, ...attempt > 1 && { attempt, of } };
      }
      if (this.#noted) return this.#noted;
      return { kind: this.#replays ? "replay" : "attempt", who, attempt, of };
    }
    const ms = now - this.#fed;
    // The attempt began a moment after the wait: where nothing came at all, both are the same silence.
    const still = this.#heard ? silent : Math.max(silent, ms);
    if (still >= this.#after) return { kind: "silent", who, ms: still };
    return ms >= this.#after ? { kind: "no_content", who, ms } : undefined;
  }
}

/** The number of the attempt is told for this long before its silence is. */
const SILENT_AGAIN_MS = 10_000;
