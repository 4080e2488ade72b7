/**
 * One try at one upstream: send, wait for the head, read the answer as SSE messages, clean up.
 *
 * Whatever goes wrong leaves here as a {@link Failure} that names what happened; whatever way the iteration
 * ends (finished, failed, abandoned by the reader), the request is aborted before anything else, because a
 * generator that waits on a silent socket is freed by nothing but its signal.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { isObject, parseJson } from "../base/json.ts";
import { type SseMessage, sseReader } from "../wire/sse.ts";
import type { AttemptCall, Net } from "./attempt_call.ts";
import { type BodyReader, bodyReader } from "./body_reader.ts";
import { Clocks } from "./clocks.ts";
import { probeConnect } from "./connect_probe.ts";
import { decoded } from "./content_encoding.ts";
import { fetchFailure, readFailure } from "./fetch_failure.ts";
import { type BodyKind, kindOf } from "./sniff.ts";

type Head = Pick<Response, "status" | "headers">;

/** The most of an error body that is read: enough for its words, bounded because it is input like any other. */
const ERROR_BODY = 64 * 1024;
/** How long an error body may take: its status has already decided what happens. */
const ERROR_BODY_TIME = 5_000;
/** How long usage and an end mark are waited for once the answer is whole (docs/facts/providers.md §1.5). */
const LINGER = 3_000;

/** Iterate it once for the batches of messages, one batch per network chunk. Throws {@link Failure}. */
export class Attempt implements AsyncIterable<SseMessage[]> {
  readonly #call: AttemptCall;
  readonly #net: Net;
  readonly #abort = new AbortController();
  readonly #clocks: Clocks;
  #lingering: (() => void) | undefined;
  #reader: BodyReader | undefined;

  constructor(call: AttemptCall, net: Net) {
    this.#call = call;
    this.#net = net;
    const { title, timeouts } = call;
    const expire = (failure: Failure) => this.#end(failure);
    this.#clocks = new Clocks({ clock: net.clock, timeouts, title, expire });
  }

  /** To be told of every batch: how many events it became, and whether one of them was content. */
  heard(events: number, content: boolean): void {
    this.#clocks.heard(events, content);
  }

  /**
   * The answer is whole but for what may still follow it (usage, an end mark): the stream ends soon, come what may.
   *
   * @param answering whether what just came was still answer; then the wait begins anew
   */
  linger(answering: boolean): void {
    if (this.#lingering && !answering) return;
    const { clock } = this.#net;
    this.#lingering?.();
    this.#lingering = clock.after(LINGER, () => this.#reader?.cancel("The answer is whole"));
  }

  /** The longest wait for bytes, in milliseconds. */
  get longestSilence(): number {
    return this.#clocks.longestSilence;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<SseMessage[], void> {
    const { signal } = this.#call;
    const leave = () => this.#end(signal.reason);
    if (signal.aborted) leave();
    else signal.addEventListener("abort", leave, { once: true });
    try {
      const head = await this.#head();
      const { first, kind } = await this.#sniff(head);
      if (kind !== "stream") return yield await this.#oneBody(head, first, kind);
      const { maxEvent, tail } = this.#call;
      const reader = sseReader({ maxEvent, tail });
      for (const chunk of first) yield reader.push(chunk);
      for (let chunk = await this.#next(); chunk; chunk = await this.#next()) {
        const messages = reader.push(chunk);
        if (messages.length > 0) yield messages;
      }
      const last = reader.end();
      if (last.length > 0) yield last;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#clocks.stop();
      this.#lingering?.();
      this.#end(new Failure("client_gone", "The attempt is over"));
    }
  }

  /** Sends the request and waits for a good head; the body is open then. */
  async #head(): Promise<Head> {
    const { url, headers, body, title, timeouts, judge } = this.#call;
    const { clock, client, reach } = this.#net;
    const stopProbe = probeConnect({
      clock,
      url: new URL(url),
      title,
      connect: timeouts.connect,
      reach,
      expire: (failure) => this.#end(failure),
    });
    try {
      const response = await fetch(url, {
        method: "POST",
        headers,
        body: body(),
        client,
        redirect: "manual", // a redirect would carry the key to another host
        signal: this.#abort.signal,
      });
      this.#clocks.head();
      this.#call.onHead(response);
      const { status, headers: answered } = response;
      this.#open(decoded(response));
      if (response.ok) return { status, headers: answered };
      throw judge({ status, headers: answered, text: await this.#errorText() });
    } catch (error) {
      throw this.#abort.signal.aborted
        ? this.#abort.signal.reason
        : fetchFailure(error, title, new URL(url).host);
    } finally {
      stopProbe();
    }
  }

  /** Looks at the first bytes, whatever the headers claim: gateways answer 200 with HTML and JSON. */
  async #sniff({ status }: Head): Promise<{ first: Uint8Array[]; kind: BodyKind }> {
    const first: Uint8Array[] = [];
    let kind: BodyKind | undefined;
    while (kind === undefined) {
      const chunk = await this.#next();
      if (!chunk) break;
      first.push(chunk.slice()); // the reader will use its buffer again
      kind = kindOf(first);
    }
    if (kind === undefined && first.length === 0) {
      const words = `${this.#call.title} answered HTTP ${status} with an empty body`;
      throw new Failure("truncated", words);
    }
    return { first, kind: kind ?? "stream" };
  }

  /** An answer that is one JSON value or one page: a whole answer in another form, or a failure. */
  async #oneBody(
    { status, headers }: Head,
    first: readonly Uint8Array[],
    kind: BodyKind,
  ): Promise<SseMessage[]> {
    const text = await this.#gather(first, kind === "json" ? this.#call.maxEvent : ERROR_BODY);
    const json = kind === "json" ? parseJson(text) : undefined;
    const messages = isObject(json) ? this.#call.whole(json) : undefined;
    if (messages) return messages;
    throw this.#call.judge({ status, headers, text });
  }

  #open(body: ReadableStream<Uint8Array>): void {
    this.#reader = bodyReader(body);
    const { signal } = this.#abort;
    if (signal.aborted) this.#reader.cancel(signal.reason);
  }

  /** The next bytes, valid until the next call; `undefined` at the end. The clocks run while it waits. */
  async #next(): Promise<Uint8Array | undefined> {
    const { signal } = this.#abort;
    this.#clocks.waiting();
    let chunk;
    try {
      chunk = await this.#reader?.read();
    } catch (error) {
      throw signal.aborted ? signal.reason : readFailure(error, this.#call.title);
    }
    if (signal.aborted) throw signal.reason;
    this.#clocks.bytes();
    this.#call.onBytes?.(chunk);
    return chunk;
  }

  /** Reads on until the end or until there is enough; what is beyond `max` bytes is left unread. */
  async #gather(first: readonly Uint8Array[], max: number): Promise<string> {
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    const take = (chunk: Uint8Array): void => {
      text += decoder.decode(chunk.subarray(0, max - size), { stream: true });
      size += chunk.length;
    };
    for (const chunk of first) if (size < max) take(chunk);
    while (size < max) {
      const chunk = await this.#next();
      if (!chunk) break;
      take(chunk);
    }
    return text;
  }

  /**
   * Ends the request. The body is cancelled by hand: once the garbage collector has run, a signal given to
   * `fetch` no longer reaches a body that is being read (seen in Deno 2.7.14 and 2.9.6).
   */
  #end(reason: Failure): void {
    this.#abort.abort(reason);
    this.#reader?.cancel(this.#abort.signal.reason);
  }

  async #errorText(): Promise<string> {
    const late = new Failure("head_timeout", "The error body took too long");
    const cancel = this.#net.clock.after(ERROR_BODY_TIME, () => this.#end(late));
    try {
      return await this.#gather([], ERROR_BODY);
    } catch (error) {
      if (error === late || !this.#abort.signal.aborted) return ""; // the status alone says enough
      throw error;
    } finally {
      cancel();
    }
  }
}
