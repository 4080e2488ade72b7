/**
 * The intake of one attempt: messages are decoded and entered in the ledger, and become the events for the client.
 *
 * @module
 */

import { asFailure, Failure } from "../base/errors.ts";
import { type ResponsesEvent, saysNothing, TERMINAL } from "../wire/responses.ts";
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
        for (const event of decoded) {
          const admitted = this.#admit(event);
          if (events.length === 0) events = admitted; // most batches are one event
          else for (const each of admitted) events.push(each);
        }
      }
    } catch (thrown) {
      return { events, content, failure: asFailure(thrown) };
    }
    return { events, content, failure: undefined };
  }

  /** The attempt ended cleanly. @throws Failure when its answer did not */
  end(): ResponsesEvent[] {
    return this.#decoder.end().flatMap((event) => this.#admit(event));
  }

  #admit(event: ResponsesEvent): ResponsesEvent[] {
    if (TERMINAL.has(event.type)) this.#onLast(event);
    if (event.type === "response.completed" && this.#ledger.finished.every(saysNothing)) {
      const message = "The answer was called complete with neither text nor a tool call in it";
      throw new Failure("empty_answer", message);
    }
    return this.#ledger.admit(event);
  }
}
