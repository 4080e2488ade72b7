/**
 * The dashboard's event stream: the whole document when a turn ended, what runs each second while something runs, and a
 * heartbeat in between.
 *
 * Its rules: nothing is computed for a page that does not read; a page that reads slowly gets the latest and no backlog; no
 * timer runs without a page.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import type { HistoryView } from "../../observe/history/history.ts";

/** How often it is looked whether something changed, in milliseconds. */
const TICK_MS = 1_000;
/** The shortest time between two whole documents. */
const STATE_MS = 2_000;
/** The longest silence. */
const HEARTBEAT_MS = 10_000;
/** Pages at once. */
const MOST_PAGES = 16;

/** The streams of all open pages. */
export class DashboardEvents {
  readonly #history: HistoryView;
  readonly #clock: Clock;
  readonly #open = new Set<PageStream>();

  constructor(history: HistoryView, clock: Clock) {
    this.#history = history;
    this.#clock = clock;
  }

  /** How many pages read. */
  get count(): number {
    return this.#open.size;
  }

  /** A stream for one page. @throws {Failure} `overloaded` where there are too many */
  open(): Response {
    if (this.#open.size >= MOST_PAGES) {
      throw new Failure("overloaded", `The dashboard is open in ${MOST_PAGES} pages already`, {
        hint: "Close one",
      });
    }
    const stream = new PageStream(this.#history, this.#clock, () => this.#open.delete(stream));
    this.#open.add(stream);
    return new Response(new ReadableStream(stream, { highWaterMark: 0 }), {
      headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    });
  }

  /** Ends all of them: the sidecar stops. */
  end(): void {
    for (const stream of this.#open) stream.end();
  }
}

/** What one page reads. */
class PageStream implements UnderlyingDefaultSource<Uint8Array> {
  readonly #history: HistoryView;
  readonly #clock: Clock;
  readonly #over: () => void;
  readonly #encoder = new TextEncoder();
  #turns = -1;
  #live = -1;
  #keys = "[]";
  #stated = -Infinity;
  #written = -Infinity;
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(history: HistoryView, clock: Clock, over: () => void) {
    this.#history = history;
    this.#clock = clock;
    this.#over = over;
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    for (;;) {
      if (this.#ended) return controller.close();
      const text = this.#next();
      if (text !== undefined) {
        this.#written = this.#clock.now();
        return controller.enqueue(this.#encoder.encode(text));
      }
      await this.#tick();
    }
  }

  cancel(): void {
    this.end();
  }

  end(): void {
    this.#ended = true;
    this.#over();
    this.#wake?.();
  }

  /** What is worth sending now. */
  #next(): string | undefined {
    const now = this.#clock.now();
    const { turns, live } = this.#history.changes;
    if (turns !== this.#turns && now - this.#stated >= STATE_MS) {
      this.#turns = turns;
      this.#live = live;
      this.#stated = now;
      return message("state", this.#history.state());
    }
    if (now - this.#written < TICK_MS) return undefined;
    const running = this.#history.live();
    const keys = JSON.stringify(running.keys);
    if (live !== this.#live || running.live.length > 0 || keys !== this.#keys) {
      this.#live = live;
      this.#keys = keys;
      return message("live", running);
    }
    if (now - this.#written < HEARTBEAT_MS) return undefined;
    return message("heartbeat", { now: running.now });
  }

  #tick(): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.after(TICK_MS, () => this.#wake?.());
      this.#wake = () => {
        this.#wake = undefined;
        cancel();
        resolve();
      };
    });
  }
}

function message(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
