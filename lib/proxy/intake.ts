/**
 * What comes in from one attempt, on its way to the client: decoded, entered in the ledger.
 *
 * @module
 */

import { asFailure, Failure } from "../base/errors.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { SseMessage } from "../wire/sse.ts";
import type { Ledger } from "./answer/ledger.ts";
import type { Decoder } from "./wires/adapter.ts";

/** What a batch of messages became. */
export interface Batch {
  /** For the client. */
  readonly events: ResponsesEvent[];
  /** Whether the provider brought the answer forward, shown yet or not. */
  readonly content: boolean;
  /** What broke behind those events. */
  readonly failure: Failure | undefined;
}

/** Takes in one attempt. */
export class Intake {
  readonly #decoder: Decoder;
  readonly #ledger: Ledger;

  constructor(decoder: Decoder, ledger: Ledger) {
    this.#decoder = decoder;
    this.#ledger = ledger;
  }

  /** Takes a batch. A failure in it comes after the events before it, which are good. */
  read(messages: readonly SseMessage[]): Batch {
    const events: ResponsesEvent[] = [];
    let content = false;
    try {
      for (const message of messages) {
        if (this.#ledger.ending) break; // whatever follows the end is nothing
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
      if (event.type === "response.completed" && this.#ledger.finished.length === 0) {
        // Codex would show nothing and take that for an answer.
        throw new Failure("empty_answer", "The answer was called complete with nothing in it");
      }
      for (const admitted of this.#ledger.admit(event)) out.push(admitted);
    }
  }
}
