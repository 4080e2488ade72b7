/**
 * One `init` or `undo` at a time: the lock on the list of changes.
 *
 * Without it, `sidecar status || sidecar init --yes` of a timer and an `undo` beside it would each write the list that they
 * read before the other wrote it.
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import type { Disk } from "./disk.ts";
import { diskFailure } from "./errors.ts";

/** How long to wait for the other run, and the pause between two tries; both in milliseconds. */
const TIMEOUT_MS = 10_000;
const STEP_MS = 100;

/**
 * Runs `action` while holding the lock at `path`.
 *
 * @param needed `if possible`: where the lock cannot be opened, such as in a folder that is missing, runs without it
 * @throws {Failure} `bad_config` where another run holds it for longer than {@link TIMEOUT_MS}, or the system refuses
 */
export async function whileAlone<T>(
  disk: Disk,
  clock: Clock,
  path: string,
  action: () => Promise<T>,
  needed: "always" | "if possible" = "always",
): Promise<T> {
  const release = await acquire(disk, clock, path, needed);
  try {
    return await action();
  } finally {
    release();
  }
}

async function acquire(
  disk: Disk,
  clock: Clock,
  path: string,
  needed: "always" | "if possible",
): Promise<() => void> {
  const until = clock.now() + TIMEOUT_MS;
  for (;;) {
    const release = await locked(disk, path, needed);
    if (release) return release;
    if (clock.now() >= until) {
      throw new Failure("bad_config", "Another sidecar init or undo is at work here", {
        hint: `Wait for its end and run the command again; its lock is ${path}`,
      });
    }
    await sleep(clock, STEP_MS, new AbortController().signal);
  }
}

async function locked(
  disk: Disk,
  path: string,
  needed: "always" | "if possible",
): Promise<(() => void) | undefined> {
  try {
    return await disk.lock(path);
  } catch (error) {
    if (needed === "if possible" && error instanceof Error) return () => {};
    throw diskFailure(`lock ${path}`, error);
  }
}
