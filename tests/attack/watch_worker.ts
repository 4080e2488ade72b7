/**
 * Asks a sidecar's `/healthz` every 80 ms and reads its memory, on a thread of its own: whoever attacks is busy.
 *
 * It is told `{ port, pid }` and then `"stop"`, again and again; it posts `"ready"` and at the stop a {@link Seen}.
 *
 * @module
 */

/// <reference lib="deno.worker" />

import { mainThreadSeconds, residentMemory } from "../helpers/system/process_stats.ts";

/** What the watcher saw. */
export interface Seen {
  /**
   * The longest wait for an answer, in milliseconds in which the sidecar worked: a busy machine makes it no longer.
   * Infinity where one was refused or never came.
   */
  readonly slowest: number;
  /** Bytes of resident memory, at most. */
  readonly most: number;
}

/** Milliseconds between two questions, and the longest one waits for an answer. */
const EVERY = 80;
const TIMEOUT_MS = 30_000;

let stopped = false;

addEventListener("message", ({ data }: MessageEvent<{ port: number; pid: number } | "stop">) => {
  if (data === "stop") stopped = true;
  else void watch(data.port, data.pid);
});

async function watch(port: number, pid: number): Promise<void> {
  stopped = false;
  let most = 0;
  let slowest = 0;
  const look = () => {
    try {
      const now = residentMemory(pid);
      if (Number.isNaN(now)) slowest = Infinity; // it has ended, and nobody has taken note yet
      else most = Math.max(most, now);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      slowest = Infinity; // it is gone
    }
  };
  await health(port, pid); // the first one pays for the compiler, on both sides
  postMessage("ready");
  const sampling = setInterval(look, 20);
  while (!stopped && slowest < Infinity) {
    slowest = Math.max(slowest, await health(port, pid));
    if (!stopped) await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
  clearInterval(sampling);
  look();
  postMessage({ slowest, most } satisfies Seen);
}

/** Milliseconds until the whole answer was there, those left out in which the machine did something else. */
async function health(port: number, pid: number): Promise<number> {
  const began = performance.now();
  try {
    const worked = mainThreadSeconds(pid);
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await answer.body?.cancel();
    if (!answer.ok) return Infinity;
    return Math.min(performance.now() - began, 1000 * (mainThreadSeconds(pid) - worked));
  } catch {
    return Infinity; // gone, refused, reset or out of patience: all the same to a user
  }
}
