/**
 * One try at one upstream: send, wait for the head, read the answer as SSE messages, clean up.
 *
 * Everything that goes wrong is thrown as a {@link Failure} that names what happened. However the iteration ends
 * (finished, failed, abandoned by the reader), the request is aborted first, because nothing but its signal frees a reader
 * that waits on a silent socket.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { isObject, parseJson } from "../base/json.ts";
import type { Stage } from "../base/stage.ts";
import { showSize } from "../base/units.ts";
import { type SseMessage, sseReader } from "../wire/sse.ts";
import type { AttemptCall, Net } from "./attempt_call.ts";
import { AttemptBody } from "./attempt_body.ts";
import { Deadlines } from "./deadlines.ts";
import { decoded } from "./content_encoding.ts";
import { type BodyKind, MAX_BLANKS, Sniffer } from "./sniff.ts";
import type { UpstreamAnswer } from "./transport/client.ts";

type Head = Pick<UpstreamAnswer, "status" | "headers">;

/** The bytes of an error body that are read: enough for its message. */
const ERROR_BODY_BYTES = 64 * 1024;
/** How long an error body may take: its status has already decided what happens. */
const ERROR_BODY_TIMEOUT_MS = 5_000;
/** The grace period after finish, for usage and an end mark (docs/facts/providers.md §1.5). */
const FINISH_GRACE_MS = 3_000;
/** The same where the finish reason came before the end of the text (open-webui#16377), which every further text renews. */
const DOUBTFUL_GRACE_MS = 20_000;

/**
 * Iterate it once for the batches of messages, one batch for all that came at once. Throws {@link Failure}.
 *
 * It is no generator: one costs a kilobyte an event.
 */
export class Attempt implements AsyncIterableIterator<SseMessage[], void> {
  readonly #call: AttemptCall;
  readonly #net: Net;
  readonly #abort = new AbortController();
  readonly #deadlines: Deadlines;
  #finishGrace: (() => void) | undefined;
  #ending: "doubtful" | "beside" | "sure" | undefined;
  #body: AttemptBody | undefined;
  /** Reads the stream, once it is known to be one. */
  #stream: Stage<Uint8Array, SseMessage> | undefined;
  /** Whether the last messages have been given out. */
  #last = false;
  readonly #leave = () => this.#end(this.#call.signal.reason);

  constructor(call: AttemptCall, net: Net) {
    this.#call = call;
    this.#net = net;
    const { title, timeouts, url } = call;
    const { host } = new URL(url);
    const expire = (failure: Failure) => this.#end(failure);
    this.#deadlines = new Deadlines({ clock: net.clock, timeouts, title, host, expire });
  }

  /** Call it for every batch, with the number of its events and whether one of them was content. */
  received(events: number, content: boolean): void {
    this.#deadlines.received(events, content);
  }

  /**
   * Call it for every batch. Where the provider has finished its answer, only usage and an end mark may follow: starts the
   * grace period, at whose end the stream ends.
   *
   * @param ending whether it has; `doubtful`: content may follow, as it did before
   * @param answering whether the batch was still content; then the grace period starts again
   */
  endsSoon(ending: "open" | "doubtful" | "beside" | "sure", answering: boolean): void {
    if (ending === "open" || (this.#finishGrace && !answering && ending === this.#ending)) return;
    const { clock } = this.#net;
    this.#ending = ending;
    this.#finishGrace?.();
    this.#finishGrace = clock.after(
      ending === "sure" ? FINISH_GRACE_MS : DOUBTFUL_GRACE_MS,
      () => this.#body?.cancel("The answer is complete"),
    );
  }

  /** The longest wait for bytes, in milliseconds. */
  get longestSilence(): number {
    return this.#deadlines.longestSilence;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<IteratorResult<SseMessage[], void>> {
    if (this.#last) return this.return();
    if (!this.#stream) return this.#begin().catch(this.#break);
    return this.#body!.next().then(this.#read, this.#break);
  }

  return(): Promise<IteratorResult<SseMessage[], void>> {
    this.#stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  /** Sends the request. The messages of the first bytes, or of an answer that is no stream. */
  async #begin(): Promise<IteratorResult<SseMessage[], void>> {
    const { signal, maxEvent, tail } = this.#call;
    if (signal.aborted) this.#leave();
    else signal.addEventListener("abort", this.#leave, { once: true });
    const head = await this.#head();
    const { first, kind } = await this.#sniff(head);
    if (kind === "stream") {
      this.#stream = sseReader({ maxEvent, tail });
      return this.#read(first);
    }
    this.#last = true;
    return { done: false, value: await this.#oneBody(head, first, kind) };
  }

  /** The messages of some chunks, or at the end. */
  readonly #read = (
    chunks: readonly Uint8Array[] | undefined,
  ): IteratorResult<SseMessage[], void> | Promise<IteratorResult<SseMessage[], void>> => {
    try {
      const value = this.#messages(chunks);
      if (value.length > 0) return { done: false, value };
    } catch (thrown) {
      return this.#break(thrown);
    }
    return chunks ? this.#further() : this.return();
  };

  /** The same after chunks without a message. A loop: promises that wait for each other would be kept. */
  async #further(): Promise<IteratorResult<SseMessage[], void>> {
    try {
      while (!this.#last) {
        const value = this.#messages(await this.#body!.next());
        if (value.length > 0) return { done: false, value };
      }
    } catch (thrown) {
      return this.#break(thrown);
    }
    return await this.return();
  }

  #messages(chunks: readonly Uint8Array[] | undefined): SseMessage[] {
    const stream = this.#stream!;
    this.#last = !chunks;
    if (!chunks) return stream.end();
    if (chunks.length === 1) return stream.push(chunks[0]!);
    return chunks.flatMap((chunk) => stream.push(chunk));
  }

  readonly #break = (thrown: unknown): never => {
    this.#stop();
    throw thrown;
  };

  #stop(): void {
    this.#last = true;
    this.#call.signal.removeEventListener("abort", this.#leave);
    this.#deadlines.stop();
    this.#finishGrace?.();
    this.#end(new Failure("client_gone", "The attempt is over"));
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
    this.#body = new AttemptBody({
      reader: decoded(answer.body, answered.get("content-encoding")),
      deadlines: this.#deadlines,
      signal: this.#abort.signal,
      title,
      onBytes: this.#call.onBytes,
    });
    if (status >= 200 && status < 300) return { status, headers: answered };
    throw classify({ status, headers: answered, text: await this.#errorText() });
  }

  /** Looks at the first bytes, whatever the headers claim: gateways answer 200 with HTML and JSON. */
  async #sniff({ status }: Head): Promise<{ first: Uint8Array[]; kind: BodyKind }> {
    const { title } = this.#call;
    const sniffer = new Sniffer();
    while (sniffer.blanks <= MAX_BLANKS) {
      const chunks = await this.#body!.next();
      if (!chunks) {
        const what = sniffer.blanks === 0 ? "an empty body" : "a body of white space alone";
        throw new Failure("truncated", `${title} answered HTTP ${status} with ${what}`);
      }
      for (const [at, chunk] of chunks.entries()) {
        const sniffed = sniffer.push(chunk);
        if (sniffed) return { first: [sniffed.rest, ...chunks.slice(at + 1)], kind: sniffed.kind };
      }
    }
    const message = `${title} answered HTTP ${status} with ${showSize(MAX_BLANKS)} of white space`;
    throw new Failure("not_a_stream", message);
  }

  /** An answer that is one JSON value or one page: a complete answer in another form, or a failure. */
  async #oneBody(
    { status, headers }: Head,
    first: readonly Uint8Array[],
    kind: BodyKind,
  ): Promise<SseMessage[]> {
    const { title, maxEvent, decodeComplete, classify } = this.#call;
    const max = kind === "json" ? maxEvent : ERROR_BODY_BYTES;
    const { text, more } = await this.#body!.gather(first, max);
    const json = kind === "json" && !more ? parseJson(text) : undefined;
    const messages = isObject(json) ? decodeComplete(json) : undefined;
    if (messages) return messages;
    if (kind === "json" && more) {
      const message = `${title} sent an answer longer than ${showSize(max)}`;
      const hint = "Raise limits.event if the provider really sends such answers";
      throw new Failure("too_large", message, { hint });
    }
    throw classify({ status, headers, text: text.slice(0, ERROR_BODY_BYTES) });
  }

  /** Ends the request, whatever it is waiting for. */
  #end(reason: Failure): void {
    this.#abort.abort(reason);
    this.#body?.cancel(this.#abort.signal.reason);
  }

  async #errorText(): Promise<string> {
    const late = new Failure("head_timeout", "The error body took too long");
    const cancel = this.#net.clock.after(ERROR_BODY_TIMEOUT_MS, () => this.#end(late));
    try {
      return (await this.#body!.gather([], ERROR_BODY_BYTES)).text;
    } catch (error) {
      if (error === late || !this.#abort.signal.aborted) return ""; // the status alone says enough
      throw error;
    } finally {
      cancel();
    }
  }
}
