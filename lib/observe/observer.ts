/**
 * The interface through which the data path reports its work to the log, the metrics and the recorder.
 *
 * An observer returns nothing and never throws, and the data path does not depend on what it does. There may be none,
 * one or several.
 *
 * @module
 */

import type { FailureCode } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { WaitFact } from "../base/wait/facts.ts";

/** How important a notice is, least first. */
export type Level = "trace" | "debug" | "info" | "warning" | "error";

/** How an exchange ended, as the client saw it. */
export type Outcome =
  /** The model finished. */
  | "completed"
  /** The model reached its own limit, and the client was notified. */
  | "incomplete"
  /** The client read a failure after the upstream was tried. */
  | "failed"
  /** The sidecar refused the request; nothing went upstream. */
  | "refused"
  /** The client left first. */
  | "client_gone"
  /** Passed through without being parsed. */
  | "passed";

/** One finished exchange. All times in milliseconds. */
export interface ExchangeRecord {
  readonly id: string;
  /** The client's own `x-request-id`; absent where it sent none, and {@link id} went upstream. */
  readonly requestId?: string;
  /** The client's `traceparent`; absent where it sent none. */
  readonly traceparent?: string;
  /** The upstream's name, or the relay's host. */
  readonly upstream: string;
  /** Which key of the upstream answered, by its number: `acme key 2`. @default it has one, or the client's was used */
  readonly key?: string;
  readonly model: string;
  /** What kind of helper request it was, of a closed list; absent for the session's own. */
  readonly helper?: string;
  /** The user of a team's gateway who asked. @default there are no users */
  readonly user?: string;
  /** The address of the client, where there are users. */
  readonly client?: string;
  /** The path below the base, such as `/responses`. */
  readonly path: string;
  /** The HTTP status the client received. */
  readonly status: number;
  /** From the request to the upstream's first successful response head; `null` when there was none. */
  readonly head: number | null;
  /** From the request to the first content; `null` when there was none. */
  readonly firstContent: number | null;
  /** The longest time without a byte from upstream. */
  readonly longestSilence: number;
  /** Heartbeats written. */
  readonly heartbeats: number;
  /** Requests sent again after the client had content. */
  readonly replays: number;
  /** Upstream requests in all. */
  readonly attempts: number;
  readonly outcome: Outcome;
  readonly code?: FailureCode;
  /** The failure message that the client received. */
  readonly message?: string;
  /** The provider's own count, where it sent one. */
  readonly usage?: TokenUsage;
  /** About how many tokens it cost, where a user asked and the provider sent no count. */
  readonly estimate?: number;
  readonly duration: number;
  /** How long it waited for its turn at a key of an upstream; absent where it did not. */
  readonly queued?: number;
}

/** Tokens of one answer; `cached` are part of `input`, `reasoning` of `output`. */
interface TokenUsage {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  readonly reasoning: number;
}

/** One upstream request that failed while the exchange goes on. */
export interface AttemptNote {
  /** The exchange's. */
  readonly id: string;
  readonly upstream: string;
  /** Counted from 1. */
  readonly attempt: number;
  /** The highest number that is allowed. */
  readonly of: number;
  readonly code: FailureCode;
  readonly message: string;
  /** Milliseconds until the next one; absent when there is none. */
  readonly wait?: number;
  readonly phase: "before_content" | "after_content";
}

/** An exchange as it begins. It holds secrets: an observer that keeps parts of it must choose which. */
export interface ExchangeStart {
  readonly id: string;
  readonly target: {
    readonly name: string;
    readonly wire: "responses" | "chat" | "anthropic";
    readonly profile: { readonly name: string };
    readonly timeouts: object;
    readonly retry: object;
  };
  /** The request as the client sent it. */
  readonly body: JsonObject;
  /** The headers for the upstream. */
  readonly headers: Headers;
  /** What kind of helper request it is; absent for the session's own. */
  readonly helper?: string | undefined;
  /** Secrets of the exchange besides those in the headers. @default none */
  readonly secrets?: readonly string[];
}

/** A request that is passed through, as it begins. It holds secrets: an observer that keeps parts of it must choose which. */
export interface PassStart {
  readonly id: string;
  /** The upstream's name, and its name in sentences. */
  readonly upstream: string;
  readonly who: string;
  /** The path below the base, such as `/chat/completions`. */
  readonly path: string;
  /** The model that it names; absent where nobody had to read it. */
  readonly model?: string | undefined;
  /** The headers for the upstream. */
  readonly headers: Headers;
}

/** What passed between the sidecar and an upstream. */
export type UpstreamFact =
  /** A request was sent to the upstream; the facts that follow belong to it. */
  | { readonly kind: "sent" }
  | { readonly kind: "head"; readonly status: number; readonly headers: Headers }
  /** A chunk of the body, uncompressed. Valid until the call returns. */
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  /** The body came to its end. */
  | { readonly kind: "ended" }
  /** The attempt failed. */
  | { readonly kind: "broke"; readonly code: FailureCode; readonly message: string };

/** What happens in a running exchange, for those who show it. It holds no text of the request or the answer. */
export type Progress =
  /** An upstream is asked: `who` is its name in sentences. */
  | {
    readonly kind: "attempt";
    readonly upstream: string;
    readonly who: string;
    readonly model: string;
    readonly attempt: number;
    readonly of: number;
  }
  /** Bytes have come, whatever they say. */
  | { readonly kind: "bytes" }
  /** The answer was brought forward: about so many tokens of reasoning, and of everything else. */
  | { readonly kind: "content"; readonly thought: number; readonly said: number }
  /** A heartbeat has gone out to the client. */
  | { readonly kind: "heartbeat" }
  /** The attempt failed, the next begins in `wait` ms. `replay`: the client has a part of the answer. */
  | { readonly kind: "again"; readonly wait: number; readonly replay: boolean }
  /** Something else is worth telling until content comes. */
  | { readonly kind: "note"; readonly fact: WaitFact };

/** Facts of a notice, by name; they must be JSON values. */
export type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** Receives the reports. */
export interface Observer {
  attemptFailed(note: AttemptNote): void;
  /** Called exactly once for each exchange, at its end. */
  finished(record: ExchangeRecord): void;
  notice(level: Level, message: string, facts?: Facts): void;
  /** An exchange begins. Absent, like {@link received}, in an observer that does not record: then nothing is copied. */
  began?(start: ExchangeStart): void;
  /** A request is passed through. Absent, like {@link progress}, in an observer that shows no running ones. */
  passing?(start: PassStart): void;
  /** Something was sent to the upstream or received from it, `at` milliseconds after the exchange began. */
  received?(id: string, fact: UpstreamFact, at: number): void;
  /** A running exchange went on. Absent in an observer that shows no running ones: then nothing is counted. */
  progress?(id: string, progress: Progress): void;
}

/** An observer that ignores every report. */
export const silent: Observer = {
  attemptFailed: () => {},
  finished: () => {},
  notice: () => {},
};

/** One observer that passes every report to several. */
export function combineObservers(...observers: readonly Observer[]): Observer {
  const began = observers.filter((one) => one.began);
  const passing = observers.filter((one) => one.passing);
  const received = observers.filter((one) => one.received);
  const progress = observers.filter((one) => one.progress);
  return {
    attemptFailed: (note) => observers.forEach((one) => one.attemptFailed(note)),
    finished: (record) => observers.forEach((one) => one.finished(record)),
    notice: (...notice) => observers.forEach((one) => one.notice(...notice)),
    ...(began.length > 0 && { began: (start) => began.forEach((one) => one.began?.(start)) }),
    ...(passing.length > 0 &&
      { passing: (start) => passing.forEach((one) => one.passing?.(start)) }),
    ...(received.length > 0 &&
      { received: (...fact) => received.forEach((one) => one.received?.(...fact)) }),
    ...(progress.length > 0 && { progress: progressTo(progress) }),
  };
}

/** Called for every chunk of every answer: where there is one observer, it is called and nothing else is done. */
function progressTo([first, ...more]: readonly Observer[]): (id: string, what: Progress) => void {
  if (more.length === 0) return (id, what) => first?.progress?.(id, what);
  return (id, what) => {
    first?.progress?.(id, what);
    for (const one of more) one.progress?.(id, what);
  };
}
