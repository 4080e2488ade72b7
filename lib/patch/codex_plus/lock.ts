/**
 * The advisory lock, on a file beside the settings, that Codex++ holds while it writes them.
 *
 * A version without that file takes no lock. Then none is taken here either, because the new file would stay.
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { diskFailure } from "../disk/errors.ts";

/** How long to wait for the lock, and the pause between two tries; both in milliseconds. */
const TIMEOUT_MS = 5_000;
const STEP = 100;

/**
 * Runs `action` while holding the lock at `path`.
 *
 * @throws {Failure} `bad_config` where another program holds it for longer than {@link TIMEOUT_MS}
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
    // Closing the file releases the lock.
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
