/**
 * Passes through every request that is no exchange: models, chat completions, messages, files.
 *
 * Nothing here is retried or translated. The sidecar adds clean headers, deadlines, and heartbeats in event streams.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure, type FailureCode, withoutSecrets } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { Observer, Progress } from "../../observe/observer.ts";
import { type BodyReader, bodyReader, streamOf } from "../../upstream/body_reader.ts";
import { decoded } from "../../upstream/content_encoding.ts";
import type { Client, UpstreamAnswer } from "../../upstream/transport/client.ts";
import { reasonOf } from "../../upstream/transport/network_errors.ts";
import { copyBody } from "./copy_body.ts";
import { errorResponse } from "../error_response.ts";
import type { Exchanged } from "../call.ts";
import { clientHeaders } from "../route/headers.ts";
import { secretsOf } from "../route/known_secrets.ts";
import { type Meter, passedRecord } from "./record.ts";
import { isRefusal, maskedBody, maskedHeaders } from "./masked_answer.ts";
import type { Target } from "../route/target.ts";
import { isDecodable, isDecoded, isEventStream } from "./content_kind.ts";

/** Time, network and observer, the same for all requests of a process. */
interface PassDeps {
  readonly clock: Clock;
  readonly client: Client;
  readonly observer: Observer;
}

/** One request to pass through. */
interface PassCall {
  readonly id: string;
  readonly target: Target;
  readonly method: string;
  /** Below the target's base, without a leading slash. */
  readonly rest: string;
  /** The sidecar's own path for the target's base, without a trailing slash. */
  readonly prefix: string;
  /** Empty, or `?…`. */
  readonly query: string;
  /** The headers for the upstream, key included. */
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  /** The model that the body names, where it had to be read. @default it is not known */
  readonly model?: string | undefined;
  /** Whether somebody reads the answer on its way, so that it must be decoded. @default the body goes as it came */
  readonly read?: boolean;
  /** Counts what the answer costs. @default nobody does */
  readonly meter?: Meter | undefined;
  /** Aborts when the client left or the sidecar stops; its reason is a Failure. */
  readonly signal: AbortSignal;
  /** Whether the client is Codex, which reads refusals in its own way. */
  readonly codex: boolean;
  /** Milliseconds without a write after which a heartbeat goes out. */
  readonly interval: number;
}

/** Nobody reads what the bytes say: they bring the answer forward. */
const BYTES: Progress = { kind: "content", thought: 0, said: 0 };
const HEARTBEAT: Progress = { kind: "heartbeat" };
const NO_BODY: ReadonlySet<number> = new Set([204, 205, 304]);
/** Heartbeats in forms that clients ignore: an SSE comment, and Anthropic's own ping. */
const COMMENT = ": keepalive\n\n";
const ANTHROPIC_PING = `event: ping\ndata: {"type": "ping"}\n\n`;

/** Passes one request through. Never rejects: a failure becomes an answer, or breaks the answer that has begun. */
export function passThrough(call: PassCall, deps: PassDeps): Promise<Exchanged> {
  return new Pass(call, deps).run();
}

interface Head {
  readonly response: UpstreamAnswer;
  /** Decoded where it is an event stream or a refusal, or somebody reads it; else as it came. */
  readonly body: BodyReader;
}

/** The state of one pass-through. */
class Pass {
  readonly #call: PassCall;
  readonly #deps: PassDeps;
  readonly #abort = new AbortController();
  readonly #started: number;
  /** Secrets that the upstream may echo. */
  readonly #known: readonly string[];
  readonly #leave = () => this.#abort.abort(this.#call.signal.reason);
  readonly #progress: ((progress: Progress) => void) | undefined;
  #status = 0;
  #head: number | null = null;
  #heartbeats = 0;

  constructor(call: PassCall, deps: PassDeps) {
    this.#call = call;
    this.#deps = deps;
    this.#started = deps.clock.now();
    this.#known = secretsOf(call, undefined);
    const { observer } = deps;
    this.#progress = observer.progress && ((progress) => observer.progress?.(call.id, progress));
    if (call.signal.aborted) this.#leave();
    else call.signal.addEventListener("abort", this.#leave, { once: true });
  }

  async run(): Promise<Exchanged> {
    const { target: { title, base, timeouts }, method, rest, read, ...call } = this.#call;
    const { prefix, signal, interval, meter } = call;
    this.#begin();
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
    const cleaned = clientHeaders(response.headers, { asked: this.#url, base, prefix });
    const headers = maskedHeaders(cleaned, this.#known);
    if (NO_BODY.has(status) || method === "HEAD") {
      body.cancel(undefined);
      this.#end(undefined, 0);
      return { response: new Response(null, { status, headers }), done: Promise.resolve() };
    }
    const events = isEventStream(response.headers);
    const refusal = isDecodable(response) && isRefusal(response);
    if (isDecoded(response, read)) headers.delete("content-encoding");
    const heartbeats = {
      text: /(?:^|\/)messages$/.test(rest) ? ANTHROPIC_PING : COMMENT,
      interval,
      timeouts,
      onHeartbeat: () => {
        this.#heartbeats++;
        this.#progress?.(HEARTBEAT);
      },
    };
    const { promise: done, resolve } = Promise.withResolvers<void>();
    const carried = copyBody({
      body: refusal ? bodyReader(maskedBody(streamOf(body), this.#known)) : body,
      clock: this.#deps.clock,
      title,
      signal,
      explain: (error) => this.#reason() ?? broken(error, title),
      heartbeats: events ? heartbeats : undefined,
      onBytes: (bytes) => {
        this.#progress?.(BYTES);
        meter?.push(bytes);
      },
      onEnd: (failure, longestSilence) => {
        this.#end(failure, longestSilence);
        resolve();
      },
    });
    return { response: new Response(carried, { status, headers }), done };
  }

  /** Those who show running requests see it from now on. */
  #begin(): void {
    const { id, target: { name, title }, rest, headers, model } = this.#call;
    this.#deps.observer.passing?.({
      id,
      upstream: name,
      who: title,
      path: `/${rest}`,
      model,
      headers,
    });
  }

  /** Sends the request and waits for the head. */
  async #fetchHead(): Promise<Head | Failure> {
    const { target: { title, timeouts }, method, headers, body, read } = this.#call;
    const expire = (code: FailureCode, message: string, after: number) =>
      this.#deps.clock.after(after, () => this.#abort.abort(new Failure(code, message)));
    const { connect, head } = timeouts;
    const unreached = `${title} could not be reached at ${new URL(this.#url).host} within`;
    let cancel = expire("connect_timeout", `${unreached} ${showDuration(connect)}`, connect);
    try {
      const response = await this.#deps.client.send({
        url: this.#url,
        method,
        headers,
        body: body.length > 0 && method !== "GET" && method !== "HEAD" ? () => body : undefined,
        title,
        signal: this.#abort.signal,
        onConnected: () => {
          cancel();
          cancel = expire(
            "head_timeout",
            `${title} sent no response head for ${showDuration(head)}`,
            head,
          );
        },
      });
      const { status, headers: answered, body: came } = response;
      if (status > 599) {
        came.cancel(undefined);
        return new Failure("bad_answer", `${title} answered with the status ${status}`);
      }
      const coding = isDecoded(response, read) ? answered.get("content-encoding") : null;
      return { response, body: decoded(came, coding) };
    } catch (error) {
      return withoutSecrets(this.#reason() ?? asFailure(error), this.#known);
    } finally {
      cancel();
    }
  }

  get #url(): string {
    const { target: { base }, rest, query } = this.#call;
    return `${base}${rest && `/${rest}`}${query}`;
  }

  #reason(): Failure | undefined {
    return this.#abort.signal.aborted ? asFailure(this.#abort.signal.reason) : undefined;
  }

  /** The end: aborts the upstream after a failure, and reports. */
  #end(failure: Failure | undefined, longestSilence: number): void {
    const { id, target, rest, signal, model, meter } = this.#call;
    signal.removeEventListener("abort", this.#leave);
    if (failure) this.#abort.abort(failure);
    this.#deps.observer.finished(passedRecord({
      id,
      upstream: target.name,
      model,
      rest,
      status: this.#status,
      head: this.#head,
      longestSilence,
      heartbeats: this.#heartbeats,
      duration: this.#age(),
      failure,
      meter,
    }));
  }

  #age(): number {
    return this.#deps.clock.now() - this.#started;
  }
}

function broken(error: unknown, title: string): Failure {
  if (error instanceof Failure) return error;
  const message = `${title} sent a compressed body that is broken (${reasonOf(error)})`;
  return new Failure("broken_stream", message, { cause: error });
}
