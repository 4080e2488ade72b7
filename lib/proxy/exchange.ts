/**
 * The life of one exchange, top to bottom: try, read, decide, try again, and end with a true terminal event
 * (docs/architecture.md).
 *
 * The head is held until there is content, `head_grace` has passed or the client is to be told what it waits for. Until then a failure is an HTTP status, afterwards
 * it is the last event of the stream. Either is sent once, with the upstream's own message.
 *
 * @module
 */

import { asFailure, Failure, withoutSecrets } from "../base/errors.ts";
import { filled } from "../base/json.ts";
import { Numbering } from "./answer/numbering.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import { completeAnswer, eventStream, headersOf, onlyTheEnd } from "./answer/answer_form.ts";
import { clientLeft, type Leave, leaveOf } from "./call.ts";
import type { Call, Exchanged, ExchangeDeps } from "./call.ts";
import { errorResponse, statusOf } from "./error_response.ts";
import { Ledger } from "./answer/ledger.ts";
import { headDue } from "./head_due.ts";
import { pump } from "./pump.ts";
import { Report } from "./report.ts";
import { lone } from "./failover/candidates.ts";
import type { Supply } from "./failover/supply.ts";
import { SupplySecrets } from "./failover/supply_secrets.ts";
import { AttemptBatches } from "./attempt/attempt_batches.ts";
import { joinBatches, type JoinedBatches } from "./attempt/join_batches.ts";
import { NextAttempt } from "./attempt/next_attempt.ts";
import { RequestSoFar } from "./attempt/request.ts";
import { HostedSearch } from "./search/hosted.ts";
import { startAttempt, type Started } from "./start_attempt.ts";
import { openStatus, type StatusLine } from "./status/status_line.ts";
import { failedCode, HARMLESS_AT_END, isAskedAgain, isToldAsEvent } from "./terminal_event.ts";

/** Serves one request. Never rejects: every failure becomes an answer. */
export async function exchange(call: Call, deps: ExchangeDeps): Promise<Exchanged> {
  const { config, net: { clock } } = deps;
  const run = new Run(call, deps);
  const form = call.complete ? completeAnswer : eventStream(new Numbering());
  const source = call.complete ? onlyTheEnd(run.batches()) : run.batches();
  const first = source.next();
  const started = await headDue(first, {
    clock,
    grace: Math.min(config.headGrace, run.status?.after ?? Infinity),
    commit: () => run.commitEarly(),
  });
  if (started instanceof Failure) return run.refused(started);
  run.commit();
  const { promise: done, resolve } = Promise.withResolvers<void>();
  const body = pump({
    source,
    clock,
    form,
    interval: config.heartbeat.interval,
    onHeartbeat: () => run.report.heartbeat(),
    status: run.status,
    onEnd(left) {
      run.abort(); // before return(): a generator that waits on a silent upstream is freed by nothing else
      const over = () => {
        run.over(left);
        resolve();
      };
      source.return().then(over, over);
    },
  }, { first, opening: started });
  return { response: new Response(body, { headers: headersOf(form, run.report.upstream) }), done };
}

/** One exchange across its attempts. */
class Run {
  readonly report: Report;
  readonly status: StatusLine | undefined;
  readonly #call: Call;
  readonly #deps: ExchangeDeps;
  readonly #ledger: Ledger;
  readonly #secrets: SupplySecrets;
  readonly #leave: Leave;
  readonly #hosted: HostedSearch;
  readonly #supply: Supply;
  readonly #next: NextAttempt;
  /** Whether the head has gone out as a 200. */
  #committed = false;
  #failure: Failure | undefined;
  /** The last failure that was no refusal of what the sidecar added to the request. */
  #broke: Failure | undefined;

  constructor(call: Call, deps: ExchangeDeps) {
    const { id, routes: [{ target, headers }], body, helper } = call;
    const { random, net: { clock } } = deps;
    this.#call = call;
    this.#deps = deps;
    this.#hosted = new HostedSearch(deps.search, random);
    const model = filled(body.model) ?? "";
    this.#ledger = new Ledger({
      random,
      // A client that waits for a complete answer never sees an unfinished item.
      codex: call.codex && !call.complete,
      streams: !call.complete,
      endsAtIncomplete: call.traits?.endsAtIncomplete ?? true,
      model,
      createdAt: Math.trunc(clock.wall() / 1000),
    });
    this.report = new Report(id, model, target, clock, deps.observer, call);
    this.status = openStatus(call, deps);
    this.report.waiting = this.status?.waiting;
    this.#leave = leaveOf(call);
    this.#supply = call.supply ?? lone(call.routes[0], clock);
    const shared = { clock, random, report: this.report, supply: this.#supply };
    this.#next = new NextAttempt({ ...shared, signal: this.#leave.signal, explain: call.explain });
    this.#secrets = new SupplySecrets(this.#supply);
    deps.observer.began?.(this.#secrets.addedTo({ id, target, body, headers, helper }));
  }

  /** From now on the client has a 200: a failure becomes the stream's last event. */
  commit(): void {
    this.#committed = true;
  }

  /** The same before there is content. @returns the events that go out at once */
  commitEarly(): ResponsesEvent[] {
    this.#committed = true;
    return this.#call.complete ? [] : this.#ledger.announce();
  }

  /**
   * Everything the client gets, over as many attempts as it takes. The failure that ends it is thrown before the commit,
   * and is the last event after it.
   */
  batches(): JoinedBatches {
    return joinBatches(this.#course());
  }

  async *#course(): AsyncGenerator<ResponsesEvent[] | AttemptBatches, void> {
    const { signal } = this.#leave;
    const request = new RequestSoFar(this.#call.body, this.#deps.learned, this.#call.standIn);
    try {
      while (!this.#ledger.ending) {
        const give = await this.#next.turn(request);
        const started = await this.#start(request).catch((thrown: unknown) => {
          give();
          throw thrown;
        });
        try {
          yield this.#answerOf(started, request);
          if (this.#ledger.ending) return;
          give(); // a search takes its time
          yield* this.#hosted.settle(started, request, this.#ledger, signal);
        } catch (thrown) {
          const last = await this.#recover(this.#failureOf(thrown), request, started);
          if (last) yield last;
          if (this.#hosted.due) yield* this.#hosted.settle(started, request, this.#ledger, signal);
        } finally {
          give();
          this.report.silence(started.attempt.longestSilence);
        }
      }
    } catch (thrown) {
      const failure = this.#failure = this.#failureOf(thrown);
      if (!this.#committed && !isToldAsEvent(failure.code, this.#call)) throw failure;
      const code = failedCode(failure.code, this.#call);
      yield this.#ledger.fail(code, failure.fullMessage, isAskedAgain(code));
    }
  }

  #answerOf(started: Started, request: RequestSoFar): AttemptBatches {
    const onContent = (events: readonly ResponsesEvent[]) => {
      const learned = request.taken(started.route);
      this.#supply.answered();
      this.report.content(learned, events);
    };
    return new AttemptBatches({ started, ledger: this.#ledger, hosted: this.#hosted, onContent });
  }

  /** Anything thrown as a failure without the secrets of this exchange. */
  #failureOf(thrown: unknown): Failure {
    return withoutSecrets(asFailure(thrown), this.#secrets.needed);
  }

  #start(request: RequestSoFar): Promise<Started> {
    const { query, codex, complete = false, sees = false } = this.#call;
    const context = {
      request,
      query,
      route: request.route(this.#supply.route),
      ledger: this.#ledger,
    };
    const more = { report: this.report, hosted: this.#hosted, signal: this.#leave.signal };
    // A client that sees no deltas takes the text of the finished item, as Codex does.
    const rewrites = codex || complete;
    return startAttempt({ ...context, ...more, rewrites, sees }, this.#deps);
  }

  /**
   * An attempt broke: what the client has decides. Returns the last events where it needs no more; otherwise
   * waits until the next attempt is due, or throws when there is none.
   */
  async #recover(
    broke: Failure,
    request: RequestSoFar,
    started: Started,
  ): Promise<ResponsesEvent[] | undefined> {
    if (this.#leave.signal.aborted) throw this.#leave.signal.reason;
    this.report.broke(broke);
    const { decoder, intake, route } = started;
    let failure = broke;
    // Once the finish reason has come, only the usage can be lost.
    if (/^(?:sure|beside)$/.test(decoder.ending) && HARMLESS_AT_END.has(broke.code)) {
      try {
        return intake.end();
      } catch (thrown) {
        failure = this.#failureOf(thrown);
      }
    }
    this.#ledger.recordBreak(failure);
    const { resume, finished, unfinished, progressed } = this.#ledger;
    if (resume === "complete") return this.#ledger.complete();
    const ours = !progressed && request.mayBeAboutAddition(failure, started);
    const fixed = progressed ? undefined : request.fixUp(failure, started);
    if (!ours) this.#broke = failure;
    await this.#next.due({
      failure,
      shown: ours ? this.#broke ?? failure : failure,
      fixed,
      stays: request.replaced,
      replays: this.#ledger.started,
    });
    request.continueAfter(resume === "continue" ? finished : [], unfinished, route);
    return undefined;
  }

  /** The response for a client that gets a refusal. */
  refused(failure: Failure): Exchanged {
    const { codex } = this.#call;
    const gone = failure.code === "client_gone";
    this.report.over(gone ? "client_gone" : "failed", statusOf(failure, { codex }), failure);
    return { response: errorResponse(failure, { codex }), done: Promise.resolve() };
  }

  /** Aborts the request upstream; every wait for it ends. */
  abort(): void {
    this.#leave.abort(clientLeft());
  }

  /** Reports the end of the stream. @param left whether the client left before it had everything */
  over(left: boolean): void {
    this.report.over(left ? "client_gone" : this.#ledger.ending ?? "failed", 200, this.#failure);
  }
}
