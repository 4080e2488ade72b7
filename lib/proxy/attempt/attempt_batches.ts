/**
 * The events of one attempt, batch by batch, as the client gets them.
 *
 * It is no generator: one costs a kilobyte an event, and holds the last batch for as long as it waits for the next.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { Started } from "../start_attempt.ts";

/** Options of {@link AttemptBatches}. */
interface AttemptBatchesOptions {
  /** The attempt, and how its answer is read. */
  readonly started: Pick<Started, "attempt" | "decoder" | "intake">;
  /** Tells whether the client has everything. */
  readonly ledger: { readonly ending: unknown };
  /** Tells whether the answer asks for a search, which comes first. */
  readonly hosted: { readonly due: boolean };
  /** Called where the answer was brought forward, before the events are given out. */
  readonly onContent: (events: readonly ResponsesEvent[]) => void;
}

type Result = IteratorResult<ResponsesEvent[], void>;

/** Iterate it once. It ends with the attempt, or where nothing more of it is wanted. Throws what the attempt failed of. */
export class AttemptBatches implements AsyncIterator<ResponsesEvent[], void> {
  readonly #options: AttemptBatchesOptions;
  /** What is known of the batch that was given out last. */
  #content = false;
  #failure: Failure | undefined;

  constructor(options: AttemptBatchesOptions) {
    this.#options = options;
  }

  next(): Promise<Result> {
    try {
      return this.#isOver() ? this.#end() : this.#attempt.next().then(this.#take);
    } catch (failure) {
      return Promise.reject(failure);
    }
  }

  get #attempt(): Started["attempt"] {
    return this.#options.started.attempt;
  }

  readonly #take = (result: IteratorResult<SseMessage[], void>): Result | Promise<Result> => {
    if (result.done) return result;
    const events = this.#read(result.value);
    return events.length > 0 ? { done: false, value: events } : this.#further();
  };

  /** The same after messages without an event. A loop: promises that wait for each other would be kept. */
  async #further(): Promise<Result> {
    while (!this.#isOver()) {
      const result = await this.#attempt.next();
      if (result.done) return result;
      const events = this.#read(result.value);
      if (events.length > 0) return { done: false, value: events };
    }
    return await this.#end();
  }

  #read(messages: readonly SseMessage[]): ResponsesEvent[] {
    const { events, content, failure } = this.#options.started.intake.read(messages);
    this.#attempt.received(messages.length, content);
    if (content) this.#options.onContent(events);
    this.#content = content;
    this.#failure = failure;
    return events;
  }

  /** Whether nothing more is wanted after the last batch. @throws the failure behind its events */
  #isOver(): boolean {
    const { ledger, hosted, started: { decoder } } = this.#options;
    if (ledger.ending) return true;
    if (this.#failure) {
      void this.#end();
      throw this.#failure;
    }
    if (hosted.due) return true;
    this.#attempt.endsSoon(decoder.ending, this.#content);
    return false;
  }

  /** Frees the attempt. */
  #end(): Promise<Result> {
    return this.#attempt.return().then(() => ({ done: true, value: undefined }));
  }
}
