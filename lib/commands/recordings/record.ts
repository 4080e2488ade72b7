/**
 * What `serve --record` sets up: the folder, and what is kept there.
 *
 * @module
 */

import { resolve } from "node:path";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import type { Observer } from "../../observe/observer.ts";
import { type Recorder, recorder } from "../../observe/recorder/recorder.ts";
import { recordingFolder } from "../../observe/recorder/folder.ts";

/** The flags of `serve` that concern recording. */
export interface RecordFlags {
  /** The folder; without it nothing is recorded. */
  readonly record?: string | undefined;
  readonly recordOnly?: "failures" | undefined;
  readonly recordContent?: boolean | undefined;
}

/**
 * Opens the recorder, and logs where and what it records.
 *
 * @returns `undefined` where nothing is recorded
 * @throws {Failure} `bad_usage`, for flags that mean nothing without `--record`; `bad_config`, when the folder cannot
 * be written.
 */
export async function openRecorder(
  { record, recordOnly, recordContent = false }: RecordFlags,
  version: string,
  log: Observer,
): Promise<Recorder | undefined> {
  if (record === undefined) {
    if (recordOnly === undefined && !recordContent) return undefined;
    const flag = recordContent ? "--record-content" : "--record-only";
    throw new Failure("bad_usage", `${flag} says what to record, but nothing says where`, {
      hint: "Add --record DIR",
    });
  }
  const what = recordOnly ? "exchanges in which something failed" : "every exchange";
  const texts = recordContent ? "texts readable" : "texts unreadable";
  log.notice("warning", `recording ${what} to ${resolve(record)}, ${texts}`);
  return recorder({
    clock: systemClock,
    version,
    keepContent: recordContent,
    onlyFailures: recordOnly === "failures",
    salt: systemRandom.id(),
    homes: ["HOME", "USERPROFILE"].flatMap((name) => Deno.env.get(name) ?? []),
    save: await openFolder(record),
    notice: (level, message) => log.notice(level, message),
  });
}

async function openFolder(dir: string): ReturnType<typeof recordingFolder> {
  try {
    return await recordingFolder(dir);
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_config", `Recordings cannot be written to ${dir}: ${fact}`, {
      cause: error,
      hint: "Choose another folder with --record",
    });
  }
}
