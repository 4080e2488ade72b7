/**
 * Everything below a base that is not the work: models, chat completions, messages, files. Sent on and answered as it is.
 *
 * Nothing here is tried twice or translated; what the sidecar adds is clean headers, clocks, and beats in event streams.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { asFailure, Failure } from "../base/errors.ts";
import { showDuration } from "../base/units.ts";
import type { Observer } from "../observe/observer.ts";
import { decoded } from "../upstream/content_encoding.ts";
import { fetchFailure, readFailure } from "../upstream/fetch_failure.ts";
import { carry } from "./carry.ts";
import { errorResponse } from "./errors_out.ts";
import type { Exchanged } from "./call.ts";
import { clientHeaders } from "./headers.ts";
import type { Target } from "./target.ts";

/** The outside world of a pass-through, the same for all of a process. */
export interface PassDeps {
  readonly clock: Clock;
  /** Keeps no idle connection: on a dead pooled one `fetch` would silently send a POST twice (docs/facts/deno.md §6). */
  readonly client: Deno.HttpClient;
  readonly observer: Observer;
}

/** One request to pass on. */
export interface PassCall {
  readonly id: string;
  readonly target: Target;
  readonly method: string;
  /** Below the target's base, without a leading slash. */
  readonly rest: string;
  /** Empty, or `?…`. */
  readonly query: string;
  /** Already cleaned for the upstream. */
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** Aborts when the client left or the sidecar stops; its reason is a Failure. */
  readonly signal: AbortSignal;
  /** Whether the client is Codex, which reads refusals in its own way. */
  readonly codex: boolean;
  /** Milliseconds of wire silence between beats. */
  readonly interval: number;
}

const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
/** What is said to a client that waits for an event, in the form it knows to ignore. */
const COMMENT = ": keepalive\n\n";
const ANTHROPIC_PING = `event: ping\ndata: {"type": "ping"}\n\n`;

/** Passes one request on. Never rejects: every failure becomes an answer, or breaks the one that has begun. */
export function passThrough(call: PassCall, deps: PassDeps): Promise<Exchanged> {
  return new Pass(call, deps).run();
}

interface Head {
  readonly response: Response;
  /** Plain where it is an event stream, else as it came. */
  readonly body: ReadableStream<Uint8Array> | null;
}

/** The state of one pass-through. */
class Pass {
  readonly #call: PassCall;
  readonly #deps: PassDeps;
  readonly #abort = new AbortController();
  readonly #started: number;
  readonly #leave = () => this.#abort.abort(this.#call.signal.reason);
  #status = 0;
  #head: number | null = null;
  #beats = 0;

  constructor(call: PassCall, deps: PassDeps) {
    this.#call = call;
    this.#deps = deps;
    this.#started = deps.clock.now();
    if (call.signal.aborted) this.#leave();
    else call.signal.addEventListener("abort", this.#leave, { once: true });
  }

  async run(): Promise<Exchanged> {
    const { target: { title, timeouts }, method, rest, signal, interval } = this.#call;
    const head = await this.#fetchHead();
    if (head instanceof Failure) {
      const response = errorResponse(head, this.#call);
      this.#status = response.status;
      this.#end(head, this.#age());
      return { response, done: Promise.resolve() };
    }
    const { response, body } = head;
    const { status } = response;
    this.#status = status;
    this.#head = this.#age();
    const headers = clientHeaders(response.headers);
    if (body === null || NO_BODY.has(status) || method === "HEAD") {
      await body?.cancel();
      this.#end(undefined, 0);
      return { response: new Response(null, { status, headers }), done: Promise.resolve() };
    }
    const events = isEventStream(response.headers);
    if (events) headers.delete("content-encoding");
    const beats = {
      text: /(?:^|\/)messages$/.test(rest) ? ANTHROPIC_PING : COMMENT,
      interval,
      timeouts,
      onBeat: () => this.#beats++,
    };
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const carried = carry({
      body,
      clock: this.#deps.clock,
      title,
      signal,
      explain: (error) => this.#reason() ?? readFailure(error, title),
      beats: events ? beats : undefined,
      onEnd: (failure, longestSilence) => {
        this.#end(failure, longestSilence);
        resolve();
      },
    });
    return { response: new Response(carried, { status, headers }), done };
  }

  /** Sends the request and waits for the head; one deadline covers connecting, sending and waiting. */
  async #fetchHead(): Promise<Head | Failure> {
    const { target: { title, base, timeouts }, method, rest, query, headers, body } = this.#call;
    const deadline = timeouts.connect + timeouts.head;
    const cancel = this.#deps.clock.after(deadline, () => {
      const words = `${title} sent no response head for ${showDuration(deadline)}`;
      this.#abort.abort(new Failure("head_timeout", words));
    });
    try {
      const response = await fetch(`${base}${rest && `/${rest}`}${query}`, {
        method,
        headers,
        ...(body.length > 0 && method !== "GET" && method !== "HEAD" && { body }),
        client: this.#deps.client,
        redirect: "manual", // a redirect would carry the key to another host
        signal: this.#abort.signal,
      });
      if (response.status > 599) {
        return new Failure("bad_answer", `${title} answered with the status ${response.status}`);
      }
      const plain = isEventStream(response.headers) ? decoded(response) : response.body;
      return { response, body: plain };
    } catch (error) {
      return this.#reason() ?? fetchFailure(error, title, new URL(base).host);
    } finally {
      cancel();
    }
  }

  #reason(): Failure | undefined {
    return this.#abort.signal.aborted ? asFailure(this.#abort.signal.reason) : undefined;
  }

  /** It is over: frees the upstream and reports. */
  #end(failure: Failure | undefined, longestSilence: number): void {
    const { id, target, rest, signal } = this.#call;
    signal.removeEventListener("abort", this.#leave);
    if (failure) this.#abort.abort(failure);
    const gone = failure?.code === "client_gone";
    this.#deps.observer.finished(
      {
        id,
        upstream: target.name,
        model: "",
        path: `/${rest}`,
        status: this.#status,
        head: this.#head,
        firstContent: null,
        longestSilence,
        beats: this.#beats,
        replays: 0,
        attempts: 1,
        outcome: gone ? "client_gone" : failure ? "failed" : "passed",
        duration: this.#age(),
        ...(failure && !gone && { code: failure.code, message: failure.words }),
      },
    );
  }

  #age(): number {
    return this.#deps.clock.now() - this.#started;
  }
}

/** An event stream in a coding that can be taken off, so that a beat can be put into it. */
function isEventStream(headers: Headers): boolean {
  return /^\s*text\/event-stream\b/i.test(headers.get("content-type") ?? "") &&
    /^\s*(?:identity|x-gzip|gzip|deflate|br|zstd)?\s*$/i.test(
      headers.get("content-encoding") ?? "",
    );
}
