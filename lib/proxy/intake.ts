/**
 * What comes in from one attempt, on its way to the client: read, repaired, raised, entered in the ledger.
 *
 * @module
 */

import { asFailure, Failure } from "../base/errors.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { SseMessage } from "../wire/sse.ts";
import { isContent, type Ledger } from "./ledger.ts";
import type { Prepared } from "./wires.ts";

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
  readonly #prepared: Prepared;
  readonly #ledger: Ledger;

  constructor(prepared: Prepared, ledger: Ledger) {
    this.#prepared = prepared;
    this.#ledger = ledger;
  }

  /** Takes a batch. A failure in it comes after the events before it, which are good. */
  read(messages: readonly SseMessage[]): Batch {
    const events: ResponsesEvent[] = [];
    let content = false;
    try {
      for (const message of messages) {
        if (this.#ledger.ending) break; // whatever follows the end is nothing
        const read = this.#prepared.read.push(message);
        // Judged before raising, which may hold content back: the provider is at work all the same.
        for (let at = 0; !content && at < read.length; at++) {
          content = isContent(read[at] as ResponsesEvent);
        }
        this.#admit(read, events);
      }
    } catch (thrown) {
      return { events, content, failure: asFailure(thrown) };
    }
    return { events, content, failure: undefined };
  }

  /** The attempt ended cleanly. @throws Failure when its answer did not */
  end(): ResponsesEvent[] {
    const events: ResponsesEvent[] = [];
    this.#admit(this.#prepared.read.end(), events);
    return events;
  }

  #admit(read: readonly ResponsesEvent[], out: ResponsesEvent[]): void {
    const { raise } = this.#prepared;
    for (const event of read) {
      for (const raised of raise ? raise.push(event) : [event]) {
        if (raised.type === "response.completed" && this.#ledger.finished.length === 0) {
          // Codex would show nothing and take that for an answer.
          throw new Failure("empty_answer", "The answer was called complete with nothing in it");
        }
        for (const admitted of this.#ledger.admit(raised)) out.push(admitted);
      }
    }
  }
}
