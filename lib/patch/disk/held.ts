/**
 * Windows' way with open files: a file that another program holds open can be neither replaced nor removed for as long.
 *
 * Editors, virus scanners and Codex itself hold settings for a moment, so an operation is tried again before it fails.
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import type { System } from "../../config/paths.ts";
import type { Disk } from "./disk.ts";
import { troubleOf } from "./errors.ts";

/** How long to try, and the pause between two tries; both in milliseconds. */
const TIMEOUT_MS = 2_000;
const STEP_MS = 100;

/** The same disk; on Windows its operations are tried again for {@link TIMEOUT_MS} while another program holds the file. */
export function patientDisk(disk: Disk, clock: Clock, system: System): Disk {
  if (system !== "windows") return disk;
  const patient = async <T>(run: () => Promise<T>): Promise<T> => {
    const until = clock.now() + TIMEOUT_MS;
    for (;;) {
      try {
        return await run();
      } catch (error) {
        // `denied` is also what the system says of an open file that is to be replaced.
        if (!["busy", "denied"].includes(troubleOf(error, system)) || clock.now() >= until) {
          throw error;
        }
        await sleep(clock, STEP_MS, new AbortController().signal);
      }
    }
  };
  return {
    ...disk,
    read: (path) => patient(() => disk.read(path)),
    overwrite: (path, bytes) => patient(() => disk.overwrite(path, bytes)),
    rename: (from, to) => patient(() => disk.rename(from, to)),
    remove: (path) => patient(() => disk.remove(path)),
  };
}
