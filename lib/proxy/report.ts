/**
 * The facts about one exchange. They are gathered while it runs and notified to the observer, which is never asked.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure, type FailureCode } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import { showDuration } from "../base/units.ts";
import type { WaitFact } from "../base/wait/facts.ts";
import type { Waiting } from "../base/wait/waiting.ts";
import type {
  ExchangeRecord,
  Observer,
  Outcome,
  Progress,
  UpstreamFact,
} from "../observe/observer.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { Call } from "./call.ts";
import type { Target } from "./route/target.ts";
import { contentIn } from "./answer/token_estimate.ts";
import { Uncounted } from "./answer/uncounted.ts";

const BYTES: Progress = { kind: "bytes" };
const HEARTBEAT: Progress = { kind: "heartbeat" };

/** The shortest wait for a turn that is logged, in milliseconds. */
const WORTH_TELLING_MS = 1_000;

/** Gathers the record of one exchange. */
export class Report {
  readonly #clock: Clock;
  readonly #observer: Observer;
  #target: Target;
  readonly #started: number;
  readonly #notifyAll: ((fact: UpstreamFact) => void) | undefined;
  readonly #progress: ((progress: Progress) => void) | undefined;
  readonly #record: { -readonly [K in keyof ExchangeRecord]: ExchangeRecord[K] };
  readonly #uncounted: Uncounted | undefined; // of a user's request alone

  constructor(
    id: string,
    model: string,
    target: Target,
    clock: Clock,
    observer: Observer,
    { helper, caller, body }: Partial<Pick<Call, "helper" | "caller" | "body">> = {},
  ) {
    this.#clock = clock;
    this.#observer = observer;
    this.#target = target;
    this.#started = clock.now();
    if (caller?.user !== undefined && body) this.#uncounted = new Uncounted(body);
    this.#notifyAll = observer.received && ((fact) => observer.received?.(id, fact, this.#age()));
    this.#progress = observer.progress && ((progress) => observer.progress?.(id, progress));
    this.#record = {
      id,
      upstream: target.name,
      model,
      ...(helper !== undefined && { helper }),
      ...caller,
      path: "/responses",
      status: 200,
      head: null,
      firstContent: null,
      longestSilence: 0,
      heartbeats: 0,
      replays: 0,
      attempts: 0,
      outcome: "failed",
      duration: 0,
    };
  }

  /** Learns what may be told to a person who waits. @default nobody watches */
  waiting: Waiting | undefined;

  /** Who is asked, or was asked last. */
  get upstream(): string {
    return this.#record.upstream;
  }

  /** Upstream requests so far. */
  get attempts(): number {
    return this.#record.attempts;
  }

  /** An attempt starts. What is recorded from now on belongs to its target. */
  attempt(target: Target, model: string | undefined): void {
    this.#target = target;
    this.#uncounted?.attempt();
    if (model !== undefined) this.#record.model = model;
    this.#record.upstream = target.name;
    this.#record.attempts++;
    this.waiting?.attempt(target.title, this.attempts, target.retry.attempts);
    this.#progress?.({
      kind: "attempt",
      upstream: target.name,
      who: target.title,
      model: this.#record.model,
      attempt: this.attempts,
      of: target.retry.attempts,
    });
    this.#notifyAll?.({ kind: "sent" });
  }

  /** The response head of an attempt has come; the first one's time is kept. */
  head({ status, headers }: Pick<Response, "status" | "headers">): void {
    this.#record.head ??= this.#age();
    this.#notifyAll?.({ kind: "head", status, headers });
  }

  /** Takes every chunk, and `undefined` at the end; absent where nobody records or waits. */
  get bytes(): ((chunk: Uint8Array | undefined) => void) | undefined {
    const [notifyAll, waiting, progress] = [this.#notifyAll, this.waiting, this.#progress];
    if (!notifyAll && !waiting && !progress) return undefined;
    return (bytes) => {
      waiting?.bytes();
      progress?.(BYTES);
      notifyAll?.(bytes ? { kind: "bytes", bytes } : { kind: "ended" });
    };
  }

  /** An attempt failed. */
  broke({ code, message }: Failure): void {
    this.#notifyAll?.({ kind: "broke", code, message });
  }

  /** The last event of an upstream's answer, which holds the provider's count of tokens in its strict shape; several add up. */
  usage(last: ResponsesEvent): void {
    const { response } = last.data;
    const usage = isObject(response) ? response.usage : undefined;
    if (!isObject(usage)) return;
    const number = (value: Json | undefined) => typeof value === "number" ? value : 0;
    const detail = (details: Json | undefined, field: string) =>
      isObject(details) ? number(details[field]) : 0;
    this.#uncounted?.counted();
    const before = this.#record.usage ?? { input: 0, cached: 0, output: 0, reasoning: 0 };
    this.#record.usage = {
      input: before.input + number(usage.input_tokens),
      cached: before.cached + detail(usage.input_tokens_details, "cached_tokens"),
      output: before.output + number(usage.output_tokens),
      reasoning: before.reasoning + detail(usage.output_tokens_details, "reasoning_tokens"),
    };
  }

  /** There is content. @param learned what that taught of the upstream, in sentences @param events what the client gets of it */
  content(learned: readonly string[] = [], events: readonly ResponsesEvent[] = []): void {
    this.#record.firstContent ??= this.#age();
    this.waiting?.content();
    const content = this.#progress || this.#uncounted ? contentIn(events) : undefined;
    if (content) this.#uncounted?.content(content);
    if (content) this.#progress?.(content);
    for (const sentence of learned) this.#observer.notice("info", sentence);
  }

  /** A heartbeat has gone out. */
  heartbeat(): void {
    this.#record.heartbeats++;
    this.#progress?.(HEARTBEAT);
  }

  /** The longest wait for bytes of one attempt, in milliseconds; the longest of all is kept. */
  silence(ms: number): void {
    this.#record.longestSilence = Math.max(this.#record.longestSilence, ms);
  }

  /** The request waits for its turn. @param ahead how many are before it */
  queued({ title }: Target, ahead: number): void {
    this.#note({ kind: "queue", who: title, position: ahead + 1 });
  }

  /** The next attempt goes with a key of a pool, by its name. */
  goesWith(key: string | undefined): void {
    if (key === undefined) delete this.#record.key;
    else this.#record.key = key;
  }

  /** It waited for its turn; short waits are nobody's business. */
  waited({ title, name, concurrency }: Target, ms: number): void {
    this.#record.queued = (this.#record.queued ?? 0) + ms;
    if (ms < WORTH_TELLING_MS) return;
    const limit = concurrency === undefined ? "a rate limit" : `${concurrency} at once`;
    const sentence = `A request waited ${showDuration(ms)} for its turn at ${title} (${limit})`;
    this.#observer.notice("info", sentence, { upstream: name, wait: Math.round(ms) });
  }

  /** Another upstream, or another key, is asked from now on. */
  moved({ name, title }: Target): void {
    if (name === this.#target.name) return;
    this.#note({ kind: "fallback", who: this.#target.title, instead: title });
  }

  /** An attempt failed and another follows after `wait` ms. `replay`: the client has a part of the answer. */
  again(code: FailureCode, message: string, wait: number, replay: boolean): void {
    if (replay) this.#record.replays++;
    this.waiting?.again(wait, replay);
    this.#progress?.({ kind: "again", wait, replay });
    this.#observer.attemptFailed({
      id: this.#record.id,
      upstream: this.#target.name,
      attempt: this.attempts,
      of: this.#target.retry.attempts,
      code,
      message,
      wait,
      phase: replay ? "after_content" : "before_content",
    });
  }

  /** The last failure with the upstream's name, the number of attempts, their time, and why there are no more. */
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
      record.message = failure.fullMessage;
    }
    const uncounted = this.#uncounted?.tokens(outcome === "client_gone" && record.head !== null);
    if (uncounted) record.estimate = uncounted;
    this.#observer.finished(record);
  }

  /** Something is worth telling until content comes. */
  #note(fact: WaitFact): void {
    this.waiting?.note(fact);
    this.#progress?.({ kind: "note", fact });
  }

  #age(): number {
    return this.#clock.now() - this.#started;
  }
}
