/**
 * One try at one upstream: send, wait for the head, read the answer as SSE messages, clean up.
 *
 * Whatever goes wrong leaves here as a {@link Failure} that names what happened; whatever way the iteration
 * ends (finished, failed, abandoned by the reader), the request is aborted before anything else, because a
 * generator that waits on a silent socket is freed by nothing but its signal.
 *
 * @module
 */

import { yieldTurn } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { isObject, parseJson } from "../base/json.ts";
import { showSize } from "../base/units.ts";
import { type SseMessage, sseReader } from "../wire/sse.ts";
import type { AttemptCall, Net } from "./attempt_call.ts";
import type { BodyReader } from "./body_reader.ts";
import { Deadlines } from "./deadlines.ts";
import { decoded } from "./content_encoding.ts";
import { type BodyKind, MAX_BLANKS, Sniffer } from "./sniff.ts";
import type { Answer } from "./transport/client.ts";
import { reasonOf } from "./transport/network_errors.ts";

type Head = Pick<Answer, "status" | "headers">;

/** The most of an error body that is read: enough for its words, bounded because it is input like any other. */
const ERROR_BODY = 64 * 1024;
/** How long an error body may take: its status has already decided what happens. */
const ERROR_BODY_TIME = 5_000;
/** How long usage and an end mark are waited for once the answer is whole (docs/facts/providers.md §1.5). */
const FINISH_GRACE_MS = 3_000;

/** How much is read before others have their turn, in bytes; and what a chunk costs besides its bytes. */
const WORK_A_TURN = 48 * 1024;
const CHUNK_COST = 32;

/** Iterate it once for the batches of messages, one batch for all that came at once. Throws {@link Failure}. */
export class Attempt implements AsyncIterable<SseMessage[]> {
  readonly #call: AttemptCall;
  readonly #net: Net;
  readonly #abort = new AbortController();
  readonly #deadlines: Deadlines;
  #finishGrace: (() => void) | undefined;
  #reader: BodyReader | undefined;
  /** What was read since others had their turn. */
  #work = 0;

  constructor(call: AttemptCall, net: Net) {
    this.#call = call;
    this.#net = net;
    const { title, timeouts, url } = call;
    const { host } = new URL(url);
    const expire = (failure: Failure) => this.#end(failure);
    this.#deadlines = new Deadlines({ clock: net.clock, timeouts, title, host, expire });
  }

  /** To be told of every batch: how many events it became, and whether one of them was content. */
  received(events: number, content: boolean): void {
    this.#deadlines.received(events, content);
  }

  /**
   * The answer is whole but for what may still follow it (usage, an end mark): the stream ends soon, come what may.
   *
   * @param answering whether what just came was still answer; then the wait begins anew
   */
  startFinishGrace(answering: boolean): void {
    if (this.#finishGrace && !answering) return;
    const { clock } = this.#net;
    this.#finishGrace?.();
    this.#finishGrace = clock.after(
      FINISH_GRACE_MS,
      () => this.#reader?.cancel("The answer is whole"),
    );
  }

  /** The longest wait for bytes, in milliseconds. */
  get longestSilence(): number {
    return this.#deadlines.longestSilence;
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
      let chunks: readonly Uint8Array[] | undefined = first;
      for (; chunks; chunks = await this.#next()) {
        const messages = chunks.flatMap((chunk) => reader.push(chunk));
        if (messages.length > 0) yield messages;
      }
      const last = reader.end();
      if (last.length > 0) yield last;
    } finally {
      signal.removeEventListener("abort", leave);
      this.#deadlines.stop();
      this.#finishGrace?.();
      this.#end(new Failure("client_gone", "The attempt is over"));
    }
  }

  /** Sends the request and waits for a good head; the body is open then. */
  async #head(): Promise<Head> {
    const { url, headers, body, title, classify } = this.#call;
    const answer = await this.#net.client.send({
      url,
      method: "POST",
      headers,
      body,
      title,
      signal: this.#abort.signal,
      onConnected: () => this.#deadlines.connected(),
    });
    const { status, headers: answered } = answer;
    this.#deadlines.head();
    this.#call.onHead(answer);
    this.#reader = decoded(answer.body, answered.get("content-encoding"));
    if (status >= 200 && status < 300) return { status, headers: answered };
    throw classify({ status, headers: answered, text: await this.#errorText() });
  }

  /** Looks at the first bytes, whatever the headers claim: gateways answer 200 with HTML and JSON. */
  async #sniff({ status }: Head): Promise<{ first: Uint8Array[]; kind: BodyKind }> {
    const { title } = this.#call;
    const sniffer = new Sniffer();
    while (sniffer.blanks <= MAX_BLANKS) {
      const chunks = await this.#next();
      if (!chunks) {
        const what = sniffer.blanks === 0 ? "an empty body" : "a body of white space alone";
        throw new Failure("truncated", `${title} answered HTTP ${status} with ${what}`);
      }
      for (const [at, chunk] of chunks.entries()) {
        const sniffed = sniffer.push(chunk);
        if (sniffed) return { first: [sniffed.rest, ...chunks.slice(at + 1)], kind: sniffed.kind };
      }
    }
    const words = `${title} answered HTTP ${status} with ${showSize(MAX_BLANKS)} of white space`;
    throw new Failure("not_a_stream", words);
  }

  /** An answer that is one JSON value or one page: a whole answer in another form, or a failure. */
  async #oneBody(
    { status, headers }: Head,
    first: readonly Uint8Array[],
    kind: BodyKind,
  ): Promise<SseMessage[]> {
    const { title, maxEvent, whole, classify } = this.#call;
    const max = kind === "json" ? maxEvent : ERROR_BODY;
    const { text, more } = await this.#gather(first, max);
    const json = kind === "json" && !more ? parseJson(text) : undefined;
    const messages = isObject(json) ? whole(json) : undefined;
    if (messages) return messages;
    if (kind === "json" && more) {
      const words = `${title} sent an answer longer than ${showSize(max)}`;
      const hint = "Raise limits.event if the provider really sends such answers";
      throw new Failure("too_large", words, { hint });
    }
    throw classify({ status, headers, text: text.slice(0, ERROR_BODY) });
  }

  /** The bytes that came; `undefined` at the end. The clocks run while it waits. */
  async #next(): Promise<readonly Uint8Array[] | undefined> {
    const { signal } = this.#abort;
    this.#deadlines.waiting();
    let chunks;
    try {
      chunks = await this.#reader?.read();
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      throw error instanceof Failure ? error : this.#undecodable(error);
    }
    if (signal.aborted) throw signal.reason;
    this.#deadlines.bytes();
    await this.#share(chunks);
    if (chunks) { for (const chunk of chunks) this.#call.onBytes?.(chunk); }
    else this.#call.onBytes?.(undefined);
    return chunks;
  }

  /** After much work in a row the others of this process have their turn: what has come is read without a wait. */
  async #share(chunks: readonly Uint8Array[] = []): Promise<void> {
    for (const { length } of chunks) this.#work += length + CHUNK_COST;
    if (this.#work < WORK_A_TURN) return;
    this.#work = 0;
    await yieldTurn();
  }

  #undecodable(error: unknown): Failure {
    const words = `${this.#call.title} sent a compressed body that is broken (${reasonOf(error)})`;
    return new Failure("broken_stream", words, { cause: error });
  }

  /** Reads on until the end, or until there are `max` bytes and `more` behind them, which are left unread. */
  async #gather(
    first: readonly Uint8Array[],
    max: number,
  ): Promise<{ text: string; more: boolean }> {
    const decoder = new TextDecoder();
    let text = "";
    let size = 0;
    let chunks: readonly Uint8Array[] | undefined = first;
    while (chunks && size <= max) {
      for (const chunk of chunks) {
        if (size < max) text += decoder.decode(chunk.subarray(0, max - size), { stream: true });
        size += chunk.length;
      }
      if (size <= max) chunks = await this.#next();
    }
    return { text, more: size > max };
  }

  /** Ends the request, whatever it is waiting for. */
  #end(reason: Failure): void {
    this.#abort.abort(reason);
    this.#reader?.cancel(this.#abort.signal.reason);
  }

  async #errorText(): Promise<string> {
    const late = new Failure("head_timeout", "The error body took too long");
    const cancel = this.#net.clock.after(ERROR_BODY_TIME, () => this.#end(late));
    try {
      return (await this.#gather([], ERROR_BODY)).text;
    } catch (error) {
      if (error === late || !this.#abort.signal.aborted) return ""; // the status alone says enough
      throw error;
    } finally {
      cancel();
    }
  }
}
