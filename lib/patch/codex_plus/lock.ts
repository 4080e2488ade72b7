/**
 * The lock that Codex++ holds while it writes its settings: an advisory one on a file beside them.
 *
 * Where that file is missing this version of it takes no lock, and none is taken here: it would stay behind.
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { diskFailure } from "../disk.ts";

/** How long to wait for the lock, and how often to ask, in milliseconds. */
const TIMEOUT_MS = 5_000;
const STEP = 100;

/**
 * Runs `action` while holding the lock at `path`.
 *
 * @throws {Failure} `bad_config` where another program keeps it
 */
export async function whileLocked<T>(
  path: string,
  clock: Clock,
  action: () => Promise<T>,
): Promise<T> {
  const file = await openLock(path);
  if (!file) return await action();
  try {
    const until = clock.now() + TIMEOUT_MS;
    while (!await file.tryLock(true)) {
      if (clock.now() >= until) {
        throw new Failure("bad_config", `${path} is held by another program`, {
          hint: "Close Codex++ and run the command again",
        });
      }
      await sleep(clock, STEP, new AbortController().signal);
    }
    return await action();
  } finally {
    // Closing gives the lock back.
    file.close();
  }
}

async function openLock(path: string): Promise<Deno.FsFile | undefined> {
  try {
    return await Deno.open(path, { read: true, write: true });
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw diskFailure(`open ${path}`, error);
  }
}
