/**
 * The pump: batches of events in, bytes out, and a heartbeat whenever nothing was written for too long.
 *
 * All waiting on the client's side happens here, in one pull stream. Its rules:
 * - nothing is written before the client pulls, heartbeats included;
 * - the pending batch survives every heartbeat;
 * - a heartbeat stands only between complete events;
 * - after a terminal event the stream closes at once and nothing follows;
 * - a client that leaves aborts the upstream before anything returns.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { type ResponsesEvent, TERMINAL } from "../wire/responses.ts";
import type { AnswerForm } from "./answer/answer_form.ts";
import { textBody, type TextSource } from "./text_body.ts";

/** Options of {@link pump}. */
interface PumpOptions {
  /** The batches. It never throws: a failure is its last batch's terminal event. */
  readonly source: AsyncIterator<ResponsesEvent[], void>;
  readonly form: AnswerForm;
  readonly clock: Clock;
  /** Milliseconds without a write after which a heartbeat goes out. */
  readonly interval: number;
  readonly onHeartbeat: () => void;
  /** Says in the client's status line what it waits for. @default nothing is said */
  readonly status?: Status | undefined;
  /** Called exactly once: the client left, or everything was written. */
  readonly onEnd: (left: boolean) => void;
}

/** How a body begins; not held longer than that. */
interface PumpBeginning {
  /** The first batch, already requested from the source. */
  readonly first: Promise<IteratorResult<ResponsesEvent[], void>>;
  /** Where the head goes out before there is content: the events that follow at once, or a heartbeat where there are none. */
  readonly opening: readonly ResponsesEvent[] | undefined;
}

/** Lines between the events of an answer. Whatever goes out passes it, in the order in which it goes out. */
interface Status {
  /** Milliseconds until it may have something to say. */
  readonly due: number;
  /** The events that say it; none where there is nothing. */
  take(): ResponsesEvent[];
  /** What goes out for events of the answer. */
  pass(events: readonly ResponsesEvent[]): readonly ResponsesEvent[];
}

/** Makes the body of the client's response. */
export function pump(options: PumpOptions, begin: PumpBeginning): ReadableStream<Uint8Array> {
  return textBody(new Pump(options, begin));
}

type Batch = IteratorResult<ResponsesEvent[], void>;

class Pump implements TextSource {
  readonly #options: PumpOptions;
  #opening: readonly ResponsesEvent[] | undefined;
  #arrived: Batch | undefined;
  /** The reader that waits. */
  #pull: { resolve(text: string): void; reject(error: unknown): void } | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When bytes were last written, at first when the pump was made. */
  #written: number;
  #ended = false;

  constructor(options: PumpOptions, { first, opening }: PumpBeginning) {
    this.#options = options;
    const { clock, interval } = options;
    this.#opening = opening;
    // Nothing to announce: a heartbeat is due at once.
    this.#written = opening?.length === 0 ? clock.now() - interval : clock.now();
    this.#await(first);
  }

  get over(): boolean {
    return this.#ended;
  }

  next(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#pull = { resolve, reject };
      this.#answer();
    });
  }

  /** Gives the waiting pull what there is, or sets the timer that looks again. No async function: one costs a kilobyte an event. */
  #answer(): void {
    const pull = this.#pull;
    if (!pull) return;
    this.#pull = undefined; // first: what ends the stream answers too
    try {
      const text = this.#due();
      if (text === "" && !this.#ended) {
        this.#pull = pull;
        return this.#setTimer();
      }
      if (text !== "") this.#written = this.#options.clock.now();
      pull.resolve(text);
    } catch (error) {
      pull.reject(error);
    }
  }

  /** What is to be written now; empty where there is nothing. */
  #due(): string {
    const opening = this.#opening;
    this.#opening = undefined;
    const opened = opening ? this.#textOf(opening) : "";
    if (opened !== "" || this.#ended) return opened;
    const batch = this.#arrived;
    if (batch) {
      this.#arrived = undefined;
      const written = this.#take(batch);
      if (written !== "" || this.#ended) return written;
    }
    const status = this.#status();
    if (status !== "" || this.#untilHeartbeat() > 0) return status;
    this.#options.onHeartbeat();
    return this.#options.form.heartbeat();
  }

  /** The text of a status line that is due; empty where there is none. */
  #status(): string {
    const { status } = this.#options;
    if (!status || status.due > 0) return "";
    return this.#textOf(status.take());
  }

  cancel(): void {
    this.#end(true);
  }

  /** The text of a batch; after the last one the stream is over. */
  #take(batch: Batch): string {
    if (batch.done) {
      this.#end(false);
      return "";
    }
    let text = "";
    let over = false;
    for (const event of this.#options.status?.pass(batch.value) ?? batch.value) {
      text += this.#options.form.event(event);
      over = TERMINAL.has(event.type);
      if (over) break;
    }
    if (over) this.#end(false);
    else this.#await(this.#options.source.next());
    return text;
  }

  #textOf(events: readonly ResponsesEvent[]): string {
    return events.map((event) => this.#options.form.event(event)).join("");
  }

  #await(pending: Promise<Batch>): void {
    pending.then(this.#arrive, this.#fail);
  }

  readonly #arrive = (batch: Batch): void => {
    this.#arrived = batch;
    this.#answer();
  };

  /** The source turns failures into events; one that throws all the same must not hang the client. */
  readonly #fail = (): void => this.#arrive({ done: true, value: undefined });

  /** One timer serves many batches: set only when none runs, and set again if it fired too early. */
  #setTimer(): void {
    if (this.#cancelTimer) return;
    this.#cancelTimer = this.#options.clock.after(Math.max(1, this.#untilDue()), () => {
      this.#cancelTimer = undefined;
      this.#answer(); // where no pull is waiting, nothing is due
    });
  }

  /** Milliseconds until a heartbeat is due, or there may be something to say. */
  #untilDue(): number {
    return Math.min(this.#untilHeartbeat(), this.#options.status?.due ?? Infinity);
  }

  /** Milliseconds until the next heartbeat is due; negative where it is late. */
  #untilHeartbeat(): number {
    return this.#written + this.#options.interval - this.#options.clock.now();
  }

  #end(left: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancelTimer?.();
    this.#answer();
    this.#options.onEnd(left);
  }
}
