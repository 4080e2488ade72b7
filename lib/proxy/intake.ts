/**
 * The intake of one attempt: messages are decoded and entered in the ledger, and become the events for the client.
 *
 * @module
 */

import { asFailure, Failure } from "../base/errors.ts";
import { type ResponsesEvent, TERMINAL } from "../wire/responses.ts";
import type { SseMessage } from "../wire/sse.ts";
import type { Ledger } from "./answer/ledger.ts";
import type { Decoder } from "./wires/adapter.ts";

/** The result of one batch of messages. */
export interface Batch {
  /** For the client. */
  readonly events: ResponsesEvent[];
  /** Whether the provider brought the answer forward, shown yet or not. */
  readonly content: boolean;
  /** The failure that follows those events; `undefined` where there is none. */
  readonly failure: Failure | undefined;
}

/** Decodes the messages of one attempt and enters their events in the ledger. */
export class Intake {
  readonly #decoder: Decoder;
  readonly #ledger: Ledger;
  readonly #onLast: (last: ResponsesEvent) => void;

  /** @param onLast takes the provider's last event of an answer, which holds its count of tokens. @default nobody counts */
  constructor(decoder: Decoder, ledger: Ledger, onLast: (last: ResponsesEvent) => void = () => {}) {
    this.#decoder = decoder;
    this.#ledger = ledger;
    this.#onLast = onLast;
  }

  /** Takes a batch. A failure in it comes after the events before it, which are good. */
  read(messages: readonly SseMessage[]): Batch {
    let events: ResponsesEvent[] = [];
    let content = false;
    try {
      for (const message of messages) {
        if (this.#ledger.ending) break; // nothing after the end counts
        const decoded = this.#decoder.push(message);
        content ||= this.#decoder.progressed;
        const admitted = this.#admit(decoded);
        if (events.length === 0) events = admitted;
        else for (const event of admitted) events.push(event);
      }
    } catch (thrown) {
      return { events, content, failure: asFailure(thrown) };
    }
    return { events, content, failure: undefined };
  }

  /** The attempt ended cleanly. @throws Failure when its answer did not */
  end(): ResponsesEvent[] {
    return this.#admit(this.#decoder.end());
  }

  #admit(decoded: readonly ResponsesEvent[]): ResponsesEvent[] {
    const [only] = decoded;
    if (only && decoded.length === 1) return this.#admitOne(only); // most messages are one event
    return decoded.flatMap((event) => this.#admitOne(event));
  }

  #admitOne(event: ResponsesEvent): ResponsesEvent[] {
    if (TERMINAL.has(event.type)) this.#onLast(event);
    if (event.type === "response.completed" && this.#ledger.finished.length === 0) {
      // Codex would take it for an answer and show nothing.
      throw new Failure("empty_answer", "The answer was called complete with nothing in it");
    }
    return this.#ledger.admit(event);
  }
}
