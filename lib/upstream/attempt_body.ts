/**
 * The body of one attempt's answer on its way to the messages: the deadlines run while it is waited for, whoever records
 * sees every chunk, and other exchanges have their turn.
 *
 * @module
 */

import { yieldTurn } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import type { BodyReader } from "./body_reader.ts";
import type { Deadlines } from "./deadlines.ts";
import { reasonOf } from "./transport/network_errors.ts";

/** The bytes that are read before other exchanges have their turn, and what a chunk costs besides its bytes. */
const WORK_A_TURN = 48 * 1024;
const CHUNK_COST = 32;

/** Options of {@link AttemptBody}. */
interface AttemptBodyOptions {
  readonly reader: BodyReader;
  readonly deadlines: Deadlines;
  /** Aborts when the attempt is over; its reason is thrown. */
  readonly signal: AbortSignal;
  /** The upstream in sentences. */
  readonly title: string;
  /** Takes every chunk, valid until it returns, and `undefined` at the end. */
  readonly onBytes: ((chunk: Uint8Array | undefined) => void) | undefined;
}

/** Reads one body. What every event passes is no async function: one costs a kilobyte an event. */
export class AttemptBody {
  readonly #options: AttemptBodyOptions;
  /** The bytes read, and the cost of their chunks, since other exchanges had their turn. */
  #work = 0;

  constructor(options: AttemptBodyOptions) {
    this.#options = options;
  }

  /** The bytes that came; `undefined` at the end. @throws Failure what broke the body; the signal's reason */
  next(): Promise<readonly Uint8Array[] | undefined> {
    this.#options.deadlines.waiting();
    return this.#options.reader.read().then(this.#take, this.#break);
  }

  /** Reads to the end, or until `max` bytes have come; `more` tells whether there are further ones, which are not read. */
  async gather(
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
      if (size <= max) chunks = await this.next();
    }
    return { text, more: size > max };
  }

  /** Frees the connection, whether or not a read is waiting. */
  cancel(reason: unknown): void {
    this.#options.reader.cancel(reason);
  }

  readonly #take = (chunks: readonly Uint8Array[] | undefined) => {
    this.#options.deadlines.bytes();
    return chunks && this.#isTurnOver(chunks)
      ? yieldTurn().then(() => this.#pass(chunks))
      : this.#pass(chunks);
  };

  #pass(chunks: readonly Uint8Array[] | undefined): readonly Uint8Array[] | undefined {
    const { signal, onBytes } = this.#options;
    if (signal.aborted) throw signal.reason;
    if (!onBytes) return chunks;
    if (chunks) { for (const chunk of chunks) onBytes(chunk); }
    else onBytes(undefined);
    return chunks;
  }

  /** Whether {@link WORK_A_TURN} is done: reading what has already come never waits, and other exchanges must run too. */
  #isTurnOver(chunks: readonly Uint8Array[]): boolean {
    for (const { length } of chunks) this.#work += length + CHUNK_COST;
    if (this.#work < WORK_A_TURN) return false;
    this.#work = 0;
    return true;
  }

  readonly #break = (error: unknown): never => {
    const { signal, title } = this.#options;
    if (signal.aborted) throw signal.reason;
    if (error instanceof Failure) throw error;
    const message = `${title} sent a compressed body that is broken (${reasonOf(error)})`;
    throw new Failure("broken_stream", message, { cause: error });
  };
}
