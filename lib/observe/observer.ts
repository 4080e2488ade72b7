/**
 * What the data path tells of its work: plain facts to a sink that never answers.
 *
 * Nothing on the data path may depend on what a sink does; a sink may be slow, absent or several, but never throws.
 *
 * @module
 */

import type { FailureCode } from "../base/errors.ts";

/** How important a notice is, least first. */
export type Level = "trace" | "debug" | "info" | "warning" | "error";

/** How an exchange ended, as the client saw it. */
export type Outcome =
  /** The model finished. */
  | "completed"
  /** The model was cut by its own limit, and the client was told so. */
  | "incomplete"
  /** The client read a failure after the upstream was tried. */
  | "failed"
  /** The sidecar refused the request; nothing went upstream. */
  | "refused"
  /** The client left first. */
  | "client_gone"
  /** Passed through without being understood. */
  | "passed";

/** One finished exchange. All times in milliseconds. */
export interface ExchangeRecord {
  readonly id: string;
  /** The upstream's name, or the relay's host. */
  readonly upstream: string;
  readonly model: string;
  /** The path below the base, such as `/responses`. */
  readonly path: string;
  /** The HTTP status the client received. */
  readonly status: number;
  /** From the request to the upstream's first good head; `null` when there was none. */
  readonly head: number | null;
  /** From the request to the first content; `null` when there was none. */
  readonly firstContent: number | null;
  /** The longest time without a byte from upstream. */
  readonly longestSilence: number;
  /** Heartbeats written. */
  readonly beats: number;
  /** Requests sent again after the client had content. */
  readonly replays: number;
  /** Upstream requests in all. */
  readonly attempts: number;
  readonly outcome: Outcome;
  readonly code?: FailureCode;
  /** What the client read of the failure. */
  readonly message?: string;
  readonly duration: number;
}

/** One upstream request that came to nothing while the exchange goes on. */
export interface AttemptNote {
  readonly upstream: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** How many there may be. */
  readonly of: number;
  readonly code: FailureCode;
  readonly message: string;
  /** Milliseconds until the next one; absent when there is none. */
  readonly wait?: number;
  readonly phase: "before_content" | "after_content";
}

/** What may go with a notice; anything that JSON can hold. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** A sink for what happens. */
export interface Observer {
  attemptFailed(note: AttemptNote): void;
  /** Called once for each exchange, whatever became of it. */
  finished(record: ExchangeRecord): void;
  notice(level: Level, message: string, facts?: Facts): void;
}

/** Hears everything and tells nobody. */
export const silent: Observer = {
  attemptFailed: () => {},
  finished: () => {},
  notice: () => {},
};

/** Tells every one of several sinks. */
export function tell(...observers: readonly Observer[]): Observer {
  return {
    attemptFailed: (note) => observers.forEach((one) => one.attemptFailed(note)),
    finished: (record) => observers.forEach((one) => one.finished(record)),
    notice: (...notice) => observers.forEach((one) => one.notice(...notice)),
  };
}
