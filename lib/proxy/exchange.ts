/**
 * The life of one exchange, top to bottom: try, read, decide, try again, and end with the truth (docs/architecture.md).
 *
 * The head is held until there is content or `head_grace` has passed; until then a failure is an HTTP status,
 * afterwards it is the last event of the stream. Both are told once and in the upstream's own words.
 *
 * @module
 */

import { sleep } from "../base/clock.ts";
import { asFailure, Failure, type FailureCode } from "../base/errors.ts";
import { filled, type JsonObject } from "../base/json.ts";
import { keyHint } from "../provider/key_hint.ts";
import { Numbering } from "../translate/numbering.ts";
import { Attempt } from "../upstream/attempt.ts";
import { decide } from "../upstream/retry.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { Call, Exchanged, ExchangeDeps } from "./call.ts";
import { errorResponse, statusOf } from "./errors_out.ts";
import { keyOf } from "./headers.ts";
import { judgeAnswer, type JudgeContext, judgeEvent } from "./judge.ts";
import { Intake } from "./intake.ts";
import { Ledger } from "./ledger.ts";
import { pump } from "./pump.ts";
import { Report } from "./report.ts";
import { RequestSoFar } from "./request.ts";
import { FAILED_CODE } from "./terminal.ts";
import { type Prepared, WIRES } from "./wires.ts";

const STREAM_HEADERS = {
  "content-type": "text/event-stream; charset=utf-8",
  "cache-control": "no-store",
  "x-accel-buffering": "no", // an nginx in front would otherwise hold back beats
};

/** What takes nothing from an answer whose provider has said why it stopped. */
const ONLY_LATE: ReadonlySet<FailureCode> = new Set(["broken_stream", "silence"]);

/** Serves one request. Never rejects: every failure becomes an answer. */
export async function exchange(call: Call, deps: ExchangeDeps): Promise<Exchanged> {
  const { clock } = deps.net;
  const run = new Run(call, deps);
  const source = run.batches();
  const first = source.next();
  let cancelGrace = () => {};
  const grace = new Promise<"grace">((resolve) => {
    cancelGrace = clock.after(deps.config.headGrace, () => {
      run.committed = true; // at once: a failure from now on must become an event, not a status
      resolve("grace");
    });
  });
  const started = await Promise.race([first.then(() => "content" as const, asFailure), grace]);
  cancelGrace();
  if (started instanceof Failure) return run.refused(started);
  run.committed = true;
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const body = pump({
    source,
    first,
    clock,
    numbering: new Numbering(),
    interval: deps.config.heartbeat.interval,
    early: started === "grace",
    onBeat: () => run.report.beat(),
    onEnd(left) {
      run.abort(); // before return(): a generator that waits on a silent upstream is freed by nothing else
      const over = () => {
        run.over(left);
        resolve();
      };
      source.return().then(over, over);
    },
  });
  return { response: new Response(body, { headers: STREAM_HEADERS }), done };
}

/** One exchange across its attempts. */
class Run {
  /** Whether the head has gone out as a 200. */
  committed = false;
  readonly report: Report;
  readonly #call: Call;
  readonly #deps: ExchangeDeps;
  readonly #ledger: Ledger;
  readonly #leave = new AbortController();
  readonly #judging: JudgeContext;
  #waited = 0;
  #failure: Failure | undefined;

  constructor(call: Call, deps: ExchangeDeps) {
    const { id, target, headers, signal, body } = call;
    const { clock } = deps.net;
    const key = keyOf(headers) ?? "";
    this.#call = call;
    this.#deps = deps;
    this.#ledger = new Ledger(deps.chance);
    this.report = new Report(id, filled(body.model) ?? "", target, clock, deps.observer);
    this.#judging = {
      target,
      wall: () => clock.wall(),
      keyHint: keyHint(target.profile, new URL(target.base).hostname, key),
      secrets: key === "" ? [] : [key],
    };
    const leave = () => this.#leave.abort(reasonOf(signal));
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    deps.observer.began?.(call);
  }

  /**
   * Everything the client gets, over as many attempts as it takes. Throws the failure that ends it before the
   * commit; after it, tells it as the last event.
   */
  async *batches(): AsyncGenerator<ResponsesEvent[], void> {
    const request = new RequestSoFar(this.#call.body);
    try {
      while (!this.#ledger.ending) {
        const prepared = this.#prepare(request);
        const intake = new Intake(prepared, this.#ledger);
        const attempt = this.#send(prepared, request.mended ?? prepared.body);
        try {
          for await (const messages of attempt) {
            const { events, content, failure } = intake.read(messages);
            attempt.heard(messages.length, content);
            if (content) this.report.content();
            if (events.length > 0) yield events;
            if (this.#ledger.ending) return;
            if (failure) throw failure;
            if (prepared.finished()) attempt.linger(content);
          }
          yield intake.end();
        } catch (thrown) {
          const last = await this.#recover(asFailure(thrown), request, prepared, intake);
          if (last) yield last;
        } finally {
          this.report.silence(attempt.longestSilence);
        }
      }
    } catch (thrown) {
      const failure = this.#failure = asFailure(thrown);
      if (!this.committed) throw failure;
      yield [this.#ledger.fail(FAILED_CODE[failure.code], failure.words)];
    }
  }

  /** Starts one attempt: the request goes up when the attempt is read. */
  #send(prepared: Prepared, body: JsonObject): Attempt {
    const { target, headers, query } = this.#call;
    this.report.attempt();
    this.#ledger.begin();
    return new Attempt({
      url: target.base + prepared.path + query,
      headers,
      body: () => JSON.stringify(body),
      title: target.title,
      timeouts: target.timeouts,
      maxEvent: this.#deps.config.limits.event,
      tail: prepared.tail,
      signal: this.#leave.signal,
      judge: (answer) => judgeAnswer(answer, this.#judging),
      whole: prepared.whole,
      onHead: (response) => this.report.head(response),
      onBytes: this.report.bytes,
    }, this.#deps.net);
  }

  /**
   * An attempt broke: what the client has decides. Returns the last events where it needs no more; otherwise
   * waits until the next attempt is due, or throws when there is none.
   */
  async #recover(
    broke: Failure,
    request: RequestSoFar,
    prepared: Prepared,
    intake: Intake,
  ): Promise<ResponsesEvent[] | undefined> {
    if (this.#leave.signal.aborted) throw this.#leave.signal.reason;
    this.report.broke(broke);
    let failure = broke;
    // Once the provider has said why it stopped, what breaks afterwards is only the count of tokens.
    if (prepared.finished() && ONLY_LATE.has(broke.code)) {
      try {
        return intake.end();
      } catch (thrown) {
        failure = asFailure(thrown);
      }
    }
    const resume = this.#ledger.resume(failure);
    if (resume === "complete") return [this.#ledger.complete()];
    const mended = this.#ledger.progressed ? undefined : request.mend(failure, prepared);
    await this.#wait(failure, mended);
    if (resume === "continue") request.continueAfter(this.#ledger.finished);
    return undefined;
  }

  #prepare(request: RequestSoFar): Prepared {
    const { target } = this.#call;
    const { chance, config: { limits } } = this.#deps;
    const judge = (error: JsonObject, text: string) => judgeEvent(error, text, this.#judging);
    return WIRES[target.wire](request.body, { target, chance, limits, judge });
  }

  /** Waits until the next attempt is due; throws the failure when there is none. */
  async #wait(failure: Failure, mended: string | undefined): Promise<void> {
    const { retry } = this.#call.target;
    const { attempts } = this.report;
    const { started } = this.#ledger;
    if (mended && attempts < retry.attempts) {
      const words = `${failure.message}; sent again without ${mended}`;
      return this.report.again(failure.code, words, 0, started);
    }
    const random = this.#deps.chance.random();
    const verdict = decide({ failure, attempts, waited: this.#waited, random }, retry);
    if (!verdict.again) throw this.report.exhausted(failure, verdict.why);
    this.report.again(failure.code, failure.message, verdict.wait, started);
    await sleep(this.#deps.net.clock, verdict.wait, this.#leave.signal);
    this.#waited += verdict.wait;
  }

  /** The response for a client that gets a refusal. */
  refused(failure: Failure): Exchanged {
    const { codex } = this.#call;
    const gone = failure.code === "client_gone";
    this.report.over(gone ? "client_gone" : "failed", statusOf(failure, { codex }), failure);
    return { response: errorResponse(failure, { codex }), done: Promise.resolve() };
  }

  /** Frees the upstream; whoever waits on it stops waiting. */
  abort(): void {
    this.#leave.abort(new Failure("client_gone", "The client left"));
  }

  /** The stream is over: the client has it all, or has left. */
  over(left: boolean): void {
    this.report.over(left ? "client_gone" : this.#ledger.ending ?? "failed", 200, this.#failure);
  }
}

function reasonOf(signal: AbortSignal): Failure {
  return signal.reason instanceof Failure
    ? signal.reason
    : new Failure("client_gone", "The client left");
}
