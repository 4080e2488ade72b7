/**
 * The deadlines of one attempt. Each limits one kind of waiting, and its failure names what did not happen.
 *
 * They run only while the sidecar waits for the upstream: a client that reads slowly is not the provider's silence.
 * There is one timer for each attempt. It is set again only when it fires, so that a chunk costs no timer.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { showDuration } from "../base/units.ts";
import type { Timeouts } from "../config/config.ts";

const CONNECT_HINT = "Check the network, the proxy variables and base_url";

/** Options of {@link Deadlines}. */
interface DeadlinesOptions {
  readonly clock: Clock;
  readonly timeouts: Timeouts;
  /** The upstream's name in sentences. */
  readonly title: string;
  /** Where it is connected to, in sentences. */
  readonly host: string;
  /** Called once, when a deadline has passed; must end the attempt. */
  readonly expire: (failure: Failure) => void;
}

/** Watches one attempt from the first packet to the last byte. */
export class Deadlines {
  readonly #options: DeadlinesOptions;
  #phase: "connect" | "head" | "first" | "content" = "connect";
  /** When the present phase, or the present run without content, began, plus the time in which nobody was waiting. */
  #since: number;
  /** When the wait for the next byte began. */
  #waitingSince: number;
  #pausedAt: number | undefined;
  #events = 0;
  #longest = 0;
  #over = false;
  #cancel: (() => void) | undefined;

  constructor(options: DeadlinesOptions) {
    this.#options = options;
    this.#since = this.#waitingSince = options.clock.now();
    this.#arm();
  }

  /** The longest wait for a byte so far, in milliseconds, the running one included. */
  get longestSilence(): number {
    if (this.#pausedAt !== undefined) return this.#longest;
    return Math.max(this.#longest, this.#options.clock.now() - this.#waitingSince);
  }

  /** Call it when the connection is open and the request is being sent. */
  connected(): void {
    this.#enter("head");
  }

  /** Call it when the response head has come. */
  head(): void {
    this.#enter("first");
  }

  #enter(phase: "head" | "first"): void {
    this.#phase = phase;
    this.#since = this.#options.clock.now();
    this.#arm();
  }

  /** Call it when a read begins: from now on, waiting counts. */
  waiting(): void {
    const now = this.#options.clock.now();
    if (this.#pausedAt !== undefined) this.#since += now - this.#pausedAt;
    this.#pausedAt = undefined;
    this.#waitingSince = now;
    if (!this.#cancel) this.#arm();
  }

  /** Call it when bytes have come: until the next {@link waiting}, nobody waits. */
  bytes(): void {
    const now = this.#options.clock.now();
    this.#longest = Math.max(this.#longest, now - this.#waitingSince);
    this.#pausedAt = now;
  }

  /** Call it for `events` events that have come. @param content whether at least one of them was content */
  received(events: number, content: boolean): void {
    this.#events += events;
    if (!content) return;
    this.#since = this.#pausedAt ?? this.#options.clock.now();
    if (this.#phase === "content") return;
    this.#phase = "content";
    this.#arm(); // the silence deadline may come before the one that is set
  }

  /** Call it when the attempt is over: no deadline is reported any more. */
  stop(): void {
    this.#longest = this.longestSilence;
    this.#over = true;
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pausedAt ??= this.#options.clock.now();
  }

  #arm(): void {
    if (this.#over) return;
    this.#cancel?.();
    const { at } = this.#nearest();
    this.#cancel = this.#options.clock.after(Math.max(1, at - this.#options.clock.now()), () => {
      this.#cancel = undefined;
      if (this.#pausedAt !== undefined) return; // the next wait sets it again
      const nearest = this.#nearest();
      if (this.#options.clock.now() < nearest.at) return this.#arm();
      this.stop();
      this.#options.expire(nearest.failure());
    });
  }

  #nearest(): { at: number; failure: () => Failure } {
    const { timeouts, title, host } = this.#options;
    if (this.#phase === "connect") {
      const message = `${title} could not be reached at ${host} within ${
        showDuration(timeouts.connect)
      }`;
      return {
        at: this.#since + timeouts.connect,
        failure: () => new Failure("connect_timeout", message, { hint: CONNECT_HINT }),
      };
    }
    if (this.#phase === "head") {
      const message = `${title} sent no response head for ${showDuration(timeouts.head)}`;
      return {
        at: this.#since + timeouts.head,
        failure: () => new Failure("head_timeout", message),
      };
    }
    if (this.#phase === "first") {
      const message = `${title} answered, but sent no content for ${
        showDuration(timeouts.firstEvent)
      }`;
      return {
        at: this.#since + timeouts.firstEvent,
        failure: () => new Failure("first_event_timeout", message),
      };
    }
    const silence = this.#waitingSince + timeouts.silence;
    const progress = this.#since + timeouts.progress;
    const after = `after ${this.#events} events`;
    if (silence <= progress) {
      const message = `${title} sent nothing for ${showDuration(timeouts.silence)} ${after}`;
      return { at: silence, failure: () => new Failure("silence", message) };
    }
    const message = `${title} sent only keep-alives for ${
      showDuration(timeouts.progress)
    } ${after}, no content`;
    return { at: progress, failure: () => new Failure("no_progress", message) };
  }
}
