/**
 * Copies an upstream's body to the client byte for byte, with heartbeats between complete events where they are wanted.
 *
 * Its rules are the pump's (`pump.ts`):
 * - nothing is written before the client pulls, heartbeats included;
 * - a pending read survives every heartbeat;
 * - a client that leaves aborts the upstream at once;
 * - a broken body breaks the client's too and never ends cleanly.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { Timeouts } from "../../config/config.ts";
import type { BodyReader } from "../../upstream/body_reader.ts";
import { EventBoundary } from "./boundary.ts";

/** Heartbeats and their limits, for a body that is an event stream. */
export interface Heartbeats {
  /** One heartbeat: a complete event or comment. */
  readonly text: string;
  /** Milliseconds without a write after which one goes out. */
  readonly interval: number;
  /** Heartbeats hide a dead upstream, so silence ends the stream: `firstEvent` before any byte, `silence` after. */
  readonly timeouts: Timeouts;
  /** Called for every heartbeat. */
  readonly onHeartbeat: () => void;
}

/** Options of {@link copyBody}. */
interface CopyBodyOptions {
  readonly body: BodyReader;
  readonly clock: Clock;
  /** The upstream in sentences. */
  readonly title: string;
  /** `undefined`: the bytes alone, however long they take. */
  readonly heartbeats: Heartbeats | undefined;
  /** Called for every piece of the body that goes out. @default nobody watches */
  readonly onBytes?: ((bytes: Uint8Array) => void) | undefined;
  /** Turns what a read throws into a failure. */
  readonly explain: (thrown: unknown) => Failure;
  /** Aborts when the client left or the sidecar stops; its reason is a Failure. */
  readonly signal: AbortSignal;
  /**
   * Called exactly once, when the last byte is out or none will follow; on a failure it must abort the upstream.
   * `longestSilence`: the longest wait for bytes, in milliseconds.
   */
  readonly onEnd: (failure: Failure | undefined, longestSilence: number) => void;
}

/** Makes the body of the client's response. */
export function copyBody(options: CopyBodyOptions): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(new BodyCopy(options), { highWaterMark: 0 });
}

/** The result of one read. */
type Read =
  | { readonly chunks: readonly Uint8Array[] | undefined }
  | { readonly thrown: unknown };

class BodyCopy implements UnderlyingDefaultSource<Uint8Array> {
  readonly #options: CopyBodyOptions;
  readonly #boundary = new EventBoundary();
  readonly #encoder = new TextEncoder();
  #reading = false;
  #arrived: Read | undefined;
  #wake: (() => void) | undefined;
  #cancelTimer: (() => void) | undefined;
  /** When the timer that is set fires. */
  #timerAt = 0;
  /** When the wait for the next bytes began. */
  #waitingSince = 0;
  /** When bytes were last written, or a due heartbeat last stood inside an event. */
  #quietSince: number;
  #bytes = 0;
  #longestSilence = 0;
  #ended = false;
  #forgetSignal = () => {};

  constructor(options: CopyBodyOptions) {
    this.#options = options;
    this.#quietSince = options.clock.now();
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    const { signal } = this.#options;
    // It may happen while no pull is waiting, so pull() cannot notice it
    const stop = () => this.#fail(controller, asFailure(signal.reason));
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    this.#forgetSignal = () => signal.removeEventListener("abort", stop);
  }

  async pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (!this.#ended) {
      const read = this.#arrived;
      if (read) {
        this.#arrived = undefined;
        return this.#pass(read, controller);
      }
      if (!this.#reading) this.#read(); // bytes that have come go out before a heartbeat
      else if (this.#due() <= 0) {
        if (this.#onTimer(controller)) return;
        continue;
      }
      await this.#next();
    }
  }

  cancel(): void {
    this.#end(new Failure("client_gone", "The client left in the middle of the answer"));
  }

  /** Passes on the result of a read. */
  #pass(read: Read, controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#noteSilence();
    if ("thrown" in read) return this.#fail(controller, this.#options.explain(read.thrown));
    if (!read.chunks) {
      this.#end(undefined);
      return controller.close();
    }
    const bytes = joined(read.chunks);
    this.#boundary.pass(bytes);
    this.#bytes += bytes.length;
    this.#options.onBytes?.(bytes);
    this.#quietSince = this.#options.clock.now();
    controller.enqueue(bytes);
  }

  #read(): void {
    this.#reading = true;
    this.#waitingSince = this.#options.clock.now();
    const arrive = (read: Read) => {
      this.#reading = false;
      this.#arrived = read;
      this.#wake?.();
    };
    this.#options.body.read().then(
      (chunks) => arrive({ chunks }),
      (thrown: unknown) => arrive({ thrown }),
    );
  }

  /** Waits for bytes, or until something is due. One timer serves many chunks. */
  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
      const { heartbeats, clock } = this.#options;
      if (!heartbeats) return;
      const wait = Math.max(1, this.#due());
      if (this.#cancelTimer && this.#timerAt <= clock.now() + wait) return;
      this.#cancelTimer?.();
      this.#timerAt = clock.now() + wait;
      this.#cancelTimer = clock.after(wait, () => {
        this.#cancelTimer = undefined;
        this.#wake?.();
      });
    });
  }

  /** Milliseconds until a heartbeat or a deadline is due. */
  #due(): number {
    const { clock, heartbeats } = this.#options;
    if (!heartbeats) return Infinity;
    const next = Math.min(
      this.#quietSince + heartbeats.interval,
      this.#waitingSince + this.#limit(heartbeats),
    );
    return next - clock.now();
  }

  /** A heartbeat or a deadline is due; returns whether the pull is answered. */
  #onTimer(controller: ReadableStreamDefaultController<Uint8Array>): boolean {
    const { clock, heartbeats, title } = this.#options;
    if (!heartbeats) return false;
    const now = clock.now();
    const limit = this.#limit(heartbeats);
    if (now - this.#waitingSince >= limit) {
      const code = this.#bytes === 0 ? "first_event_timeout" : "silence";
      const after = this.#bytes === 0 ? "after its response head" : `after ${this.#bytes} bytes`;
      const message = `${title} sent nothing for ${showDuration(limit)} ${after}`;
      this.#fail(controller, new Failure(code, message));
      return true;
    }
    if (now - this.#quietSince < heartbeats.interval) return false;
    this.#quietSince = now;
    if (!this.#boundary.between) return false;
    heartbeats.onHeartbeat();
    controller.enqueue(this.#encoder.encode(heartbeats.text));
    return true;
  }

  #noteSilence(): void {
    const silence = this.#options.clock.now() - this.#waitingSince;
    this.#longestSilence = Math.max(this.#longestSilence, silence);
  }

  #limit({ timeouts }: Heartbeats): number {
    return this.#bytes === 0 ? timeouts.firstEvent : timeouts.silence;
  }

  #fail(controller: ReadableStreamDefaultController<Uint8Array>, failure: Failure): void {
    if (this.#ended) return;
    this.#end(failure);
    controller.error(failure);
  }

  #end(failure: Failure | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#reading) this.#noteSilence();
    this.#cancelTimer?.();
    this.#wake?.();
    this.#forgetSignal();
    this.#options.onEnd(failure, this.#longestSilence);
    if (failure) this.#options.body.cancel(failure);
  }
}

/** The chunks of one read as one. */
function joined(chunks: readonly Uint8Array[]): Uint8Array {
  const [first] = chunks;
  if (first && chunks.length === 1) return first;
  const all = new Uint8Array(chunks.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
