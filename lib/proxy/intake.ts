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
    const events: ResponsesEvent[] = [];
    let content = false;
    try {
      for (const message of messages) {
        if (this.#ledger.ending) break; // nothing after the end counts
        const decoded = this.#decoder.push(message);
        content ||= this.#decoder.progressed;
        this.#admit(decoded, events);
      }
    } catch (thrown) {
      return { events, content, failure: asFailure(thrown) };
    }
    return { events, content, failure: undefined };
  }

  /** The attempt ended cleanly. @throws Failure when its answer did not */
  end(): ResponsesEvent[] {
    const events: ResponsesEvent[] = [];
    this.#admit(this.#decoder.end(), events);
    return events;
  }

  #admit(decoded: readonly ResponsesEvent[], out: ResponsesEvent[]): void {
    for (const event of decoded) {
      if (TERMINAL.has(event.type)) this.#onLast(event);
      if (event.type === "response.completed" && this.#ledger.finished.every(saysNothing)) {
        const message = "The answer was called complete with neither text nor a tool call in it";
        throw new Failure("empty_answer", message);
      }
      for (const admitted of this.#ledger.admit(event)) out.push(admitted);
    }
  }
}
