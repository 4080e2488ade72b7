/**
 * The registry of running exchanges: their number, the end of the last one, and how to abort them all.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** One running exchange, as the registry sees it. */
interface LiveExchange {
  /** Aborts when the client left or the sidecar stops; its reason is a Failure. */
  readonly signal: AbortSignal;
  /** Aborts it. */
  readonly abort: (reason: Failure) => void;
  /** Call it when the exchange is over; more than once does no harm. */
  readonly leave: () => void;
}

/** The registry of one process. */
export class Live {
  readonly #open = new Set<AbortController>();
  #waiting: (() => void)[] = [];

  /** How many are running. */
  get count(): number {
    return this.#open.size;
  }

  /**
   * Adds an exchange.
   *
   * @param client the request's signal. It aborts after a good answer as well (docs/facts/deno.md §6), so it may end an
   * exchange but does not show how one ended.
   */
  enter(client: AbortSignal): LiveExchange {
    const controller = new AbortController();
    const left = () => controller.abort(new Failure("client_gone", "The client left"));
    if (client.aborted) left();
    else client.addEventListener("abort", left, { once: true });
    this.#open.add(controller);
    const leave = () => {
      client.removeEventListener("abort", left);
      if (!this.#open.delete(controller) || this.#open.size > 0) return;
      for (const resolve of this.#waiting.splice(0)) resolve();
    };
    const abort = (reason: Failure) => controller.abort(reason);
    return { signal: controller.signal, abort, leave };
  }

  /** Resolves when none is running. */
  drained(): Promise<void> {
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Aborts every running exchange. Each one is over when it calls its `leave`. */
  abort(reason: Failure): void {
    for (const controller of this.#open) controller.abort(reason);
  }
}
