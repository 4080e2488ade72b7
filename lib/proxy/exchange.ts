/**
 * The life of one exchange, top to bottom: try, read, decide, try again, and end with the truth (design.md §5).
 *
 * The head is held until there is content or `head_grace` has passed; until then a failure is an HTTP status,
 * afterwards it is the last event of the stream. Both are told once and in the upstream's own words.
 *
 * @module
 */

import { type Chance, sleep } from "../base/clock.ts";
import { asFailure, Failure } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import { showDuration } from "../base/units.ts";
import type { Config } from "../config/config.ts";
import type { ExchangeRecord, Observer } from "../observe/observer.ts";
import { keyHint } from "../provider/key_hint.ts";
import { Numbering } from "../translate/numbering.ts";
import { Attempt, type Net } from "../upstream/attempt.ts";
import { decide } from "../upstream/retry.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { SseMessage } from "../wire/sse.ts";
import { errorResponse, statusOf } from "./errors_out.ts";
import { KEY_HEADERS } from "./headers.ts";
import { judgeAnswer, type JudgeContext, judgeEvent } from "./judge.ts";
import { isContent, Ledger } from "./ledger.ts";
import { pump } from "./pump.ts";
import type { Target } from "./target.ts";
import { FAILED_CODE } from "./terminal.ts";
import { type Prepared, WIRES } from "./wires.ts";

/** One request of a client, ready to go. */
export interface Call {
  readonly id: string;
  readonly target: Target;
  /** The request as Codex sent it. */
  readonly body: JsonObject;
  /** The headers for the upstream, key included. */
  readonly headers: Headers;
  /** Whether the client is Codex, which reads refusals in its own way. */
  readonly codex: boolean;
  /** Aborts when the client has left or the sidecar stops; its reason may be a Failure. */
  readonly signal: AbortSignal;
}

/** What every exchange of a process shares. */
export interface ExchangeDeps {
  readonly config: Pick<Config, "heartbeat" | "headGrace" | "limits">;
  readonly net: Net;
  readonly chance: Chance;
  readonly observer: Observer;
}

/** The answer to the client, and when it is over. */
export interface Exchanged {
  readonly response: Response;
  readonly done: Promise<void>;
}

/** Serves one request. Never rejects: every failure becomes an answer. */
export async function exchange(call: Call, deps: ExchangeDeps): Promise<Exchanged> {
  const { clock } = deps.net;
  const run = new Run(call, deps);
  const source = run.batches();
  const first = source.next();
  let cancelGrace = () => {};
  const grace = new Promise<"grace">((resolve) => {
    cancelGrace = clock.after(deps.config.headGrace, () => {
      run.commit(); // at once: a failure from now on must become an event, not a status
      resolve("grace");
    });
  });
  const started = await Promise.race([first.then(() => "content" as const, asFailure), grace]);
  cancelGrace();
  if (started instanceof Failure) return run.refused(started);
  run.commit();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const body = pump({
    source,
    first,
    clock,
    numbering: new Numbering(),
    interval: deps.config.heartbeat.interval,
    early: started === "grace",
    onBeat: () => run.record.beats++,
    onEnd(left) {
      run.abort(); // before return(): a generator that waits on a silent upstream is freed by nothing else
      const over = () => {
        run.report(left);
        resolve();
      };
      source.return().then(over, over);
    },
  });
  return { response: new Response(body, { headers: STREAM_HEADERS }), done };
}

const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no", // an nginx in front would otherwise hold back beats
};

/** The state of one exchange between its attempts. */
class Run {
  readonly record: Writable<ExchangeRecord>;
  readonly #call: Call;
  readonly #deps: ExchangeDeps;
  readonly #ledger: Ledger;
  readonly #started: number;
  readonly #leave = new AbortController();
  readonly #judging: JudgeContext;
  #committed = false;
  #waited = 0;
  /** Whether finished reasoning stays out of a continuation. */
  #bare = false;
  #failure: Failure | undefined;

  constructor(call: Call, deps: ExchangeDeps) {
    this.#call = call;
    this.#deps = deps;
    this.#ledger = new Ledger(deps.chance);
    this.#started = deps.net.clock.now();
    const { target, headers, signal } = call;
    const key = keyOf(headers);
    this.#judging = {
      target,
      wall: () => deps.net.clock.wall(),
      keyHint: keyHint(target.profile, new URL(target.base).hostname, key),
      secrets: key === "" ? [] : [key],
    };
    this.record = {
      id: call.id,
      upstream: target.name,
      model: typeof call.body.model === "string" ? call.body.model : "",
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
    const leave = () => this.#leave.abort(reasonOf(signal));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
  }

  /** Everything the client gets. Throws the failure that ends it before the commit; after it, tells it as an event. */
  async *batches(): AsyncGenerator<ResponsesEvent[], void> {
    try {
      yield* this.#attempts();
    } catch (thrown) {
      this.#failure = asFailure(thrown);
      if (!this.#committed) throw this.#failure;
      yield [this.#ledger.fail(FAILED_CODE[this.#failure.code], this.#failure.words)];
    }
  }

  /** Tries until the answer has ended, one way or another. */
  async *#attempts(): AsyncGenerator<ResponsesEvent[], void> {
    let body = this.#call.body;
    while (true) {
      this.record.attempts++;
      this.#ledger.begin();
      try {
        yield* this.#once(body);
        return;
      } catch (thrown) {
        if (this.#leave.signal.aborted) throw this.#leave.signal.reason;
        const failure = asFailure(thrown);
        const resume = this.#ledger.resume(failure);
        if (resume === "complete") return yield [this.#ledger.complete()];
        await this.#wait(failure, body);
        body = resume === "continue" ? this.#continued() : this.#call.body;
      }
    }
  }

  /** Waits until the next attempt is due; throws the failure when there is none. */
  async #wait(failure: Failure, sent: JsonObject): Promise<void> {
    const { retry } = this.#call.target;
    const { attempts } = this.record;
    // Some providers refuse reasoning at the end of the input; the finished text alone they take.
    if (
      sent !== this.#call.body && failure.code === "refused" && !this.#bare &&
      attempts < retry.attempts
    ) {
      this.#bare = true;
      return this.#note(failure, 0);
    }
    const random = this.#deps.chance.random();
    const verdict = decide({ failure, attempts, waited: this.#waited, random }, retry);
    if (!verdict.again) throw this.#exhausted(failure, verdict.why);
    this.#note(failure, verdict.wait);
    await sleep(this.#deps.net.clock, verdict.wait, this.#leave.signal);
    this.#waited += verdict.wait;
  }

  /** The request with what the client already has appended, so that the model goes on after it. */
  #continued(): JsonObject {
    const { body } = this.#call;
    const items = this.#ledger.finished.filter(({ type }) => !this.#bare || type !== "reasoning");
    if (items.length === 0) return body;
    const input = typeof body.input === "string"
      ? [{ type: "message", role: "user", content: [{ type: "input_text", text: body.input }] }]
      : Array.isArray(body.input)
      ? body.input
      : [];
    return { ...body, input: [...input, ...items] };
  }

  /** One attempt: request up, events down, until a terminal event or a failure. */
  async *#once(body: JsonObject): AsyncGenerator<ResponsesEvent[], void> {
    const { target, headers } = this.#call;
    const { net, chance, config } = this.#deps;
    const prepared = WIRES[target.wire](body, {
      target,
      chance,
      limits: config.limits,
      judge: (error, text) => judgeEvent(error, text, this.#judging),
    });
    const attempt = new Attempt({
      url: target.base + prepared.path,
      headers,
      body: JSON.stringify(prepared.body),
      title: target.title,
      timeouts: target.timeouts,
      maxEvent: config.limits.event,
      signal: this.#leave.signal,
      judge: (answer) => judgeAnswer(answer, this.#judging),
      whole: prepared.whole,
      onHead: () => this.record.head ??= this.#age(),
    }, net);
    try {
      for await (const messages of attempt) {
        const { events, failure } = this.#read(prepared, messages, attempt);
        if (events.length > 0) yield events;
        if (this.#ledger.ending) return;
        if (failure) throw failure;
      }
      const last = this.#admit(prepared, prepared.read.end());
      if (last.length > 0) yield last;
    } finally {
      this.record.longestSilence = Math.max(this.record.longestSilence, attempt.longestSilence);
    }
  }

  /** What a batch becomes. A failure in it comes after the events before it, which are good. */
  #read(
    prepared: Prepared,
    messages: readonly SseMessage[],
    attempt: Attempt,
  ): { events: ResponsesEvent[]; failure?: Failure } {
    const events: ResponsesEvent[] = [];
    let content = false;
    let failure: Failure | undefined;
    try {
      for (const message of messages) {
        const read = prepared.read.push(message);
        // Judged before raising, which may hold content back: the provider is at work all the same.
        content ||= read.some(isContent);
        events.push(...this.#admit(prepared, read));
      }
    } catch (thrown) {
      failure = asFailure(thrown);
    }
    attempt.heard(messages.length, content);
    if (content) this.record.firstContent ??= this.#age();
    return failure ? { events, failure } : { events };
  }

  #admit({ raise }: Prepared, events: readonly ResponsesEvent[]): ResponsesEvent[] {
    const out: ResponsesEvent[] = [];
    for (const event of events) {
      for (const raised of raise ? raise.push(event) : [event]) {
        out.push(...this.#ledger.admit(raised));
      }
    }
    return out;
  }

  /** The head goes out as a 200: from now on failures are told inside the stream. */
  commit(): void {
    this.#committed = true;
  }

  /** The response for a client that gets a refusal. */
  refused(failure: Failure): Exchanged {
    const { codex } = this.#call;
    this.#failure = failure;
    this.record.status = statusOf(failure, { codex });
    this.report(failure.code === "client_gone");
    return { response: errorResponse(failure, { codex }), done: Promise.resolve() };
  }

  /** Frees the upstream; whoever waits on it stops waiting. */
  abort(): void {
    this.#leave.abort(new Failure("client_gone", "The client left"));
  }

  /** The exchange is over: tells the observer how it went. */
  report(left: boolean): void {
    const { record } = this;
    record.duration = this.#age();
    record.outcome = left
      ? "client_gone"
      : record.status === 200
      ? this.#ledger.ending ?? "failed"
      : "refused";
    if (this.#failure && !left) {
      record.code = this.#failure.code;
      record.message = this.#failure.words;
    }
    this.#deps.observer.finished(record);
  }

  #note(failure: Failure, wait: number): void {
    const { target } = this.#call;
    if (this.#ledger.started) this.record.replays++;
    this.#deps.observer.attemptFailed({
      upstream: target.name,
      attempt: this.record.attempts,
      of: target.retry.attempts,
      message: failure.message,
      wait,
      phase: this.#ledger.started ? "after_content" : "before_content",
    });
  }

  /** The last failure, told with how often and how long it was tried. */
  #exhausted(failure: Failure, why: string | undefined): Failure {
    const { attempts } = this.record;
    const { title } = this.#call.target;
    const named = failure.message.startsWith(title) ? "" : `${title}: `;
    const often = `${attempts} ${attempts === 1 ? "attempt" : "attempts"}`;
    const tried = attempts === 1 && !why
      ? ""
      : ` (${often} in ${showDuration(this.#age())}${why ? `; ${why}` : ""})`;
    const words = `${named}${failure.message}${tried}`;
    return new Failure(failure.code, words, failure.facts);
  }

  #age(): number {
    return this.#deps.net.clock.now() - this.#started;
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The key that goes upstream, without its scheme; it is compared by prefix and goes nowhere else. */
function keyOf(headers: Headers): string {
  const value = KEY_HEADERS.map((name) => headers.get(name)).find((each) => each !== null) ?? "";
  return value.replace(/^bearer\s+/i, "");
}

function reasonOf(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure
    ? signal.reason
    : new Failure("client_gone", "The client left");
}
