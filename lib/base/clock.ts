/**
 * Time and randomness as arguments, so that every wait can be tested without waiting.
 *
 * This is the only module in `lib/` that reads a clock, sets a timer or draws a random number.
 *
 * @module
 */

import { setImmediate } from "node:timers";

/** Where time comes from. All values in milliseconds. */
export interface Clock {
  /** Monotonic time, for measuring and for deadlines. */
  now(): number;
  /** Time since the epoch, for dates that a provider sends. */
  wall(): number;
  /** Calls `run` once, `ms` from now; the returned function cancels it. */
  after(ms: number, run: () => void): () => void;
}

/** Where random numbers and ids come from. */
export interface Random {
  /** A number in [0, 1). */
  random(): number;
  /** A fresh identifier of 32 lower-case hex digits. */
  id(): string;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(ms, run) {
    let timer: ReturnType<typeof setTimeout> | undefined = setTimeout(run, ms);
    return () => {
      clearTimeout(timer);
      timer = undefined; // who keeps the function keeps neither the timer nor what it would have run
    };
  },
};

/** The machine's randomness. */
export const systemRandom: Random = {
  random: () => Math.random(),
  id: () => crypto.randomUUID().replaceAll("-", ""),
};

/** Lets other work of this process that is due run first: for a long computation that would delay it. */
export function yieldTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}

/**
 * Waits `ms`, or until `signal` aborts.
 *
 * @throws the signal's reason, if it aborts first.
 */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      cancel();
      reject(signal.reason);
    };
    const cancel = clock.after(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
