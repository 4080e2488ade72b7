/**
 * The folders of backups: one a run, the oldest removed when there are too many. Only what this program made is ever
 * removed: a folder has its name, holds its marker and nothing but files, or it stays, whatever it is.
 *
 * @module
 */

import { type Disk, diskFailure } from "./disk.ts";
import type { System } from "../config/paths.ts";
import { joinPath } from "./folders.ts";

/** Backups that are kept. */
const KEPT = 10;

/** The file that says whose a folder is, and what stands in it. */
const MARKER = ".sidecar-backup";
const MARKER_TEXT =
  "Codex Sidecar made this folder: settings as they were before a change. It removes the oldest ones by itself.\n";

/** The name of a folder: the time it was made, and a number where two fell into one moment. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d{3})?Z(?:-\d+)?$/;

/** Where backups are made. */
interface BackupOptions {
  readonly system: System;
  readonly disk: Disk;
  readonly stateDir: string;
  /** When it is made, ISO 8601. */
  readonly at: string;
}

/**
 * Makes the folder of one run, marked as ours, and removes the oldest of ours beyond {@link KEPT}.
 *
 * Folders of a sidecar that did not mark them yet stay: nothing tells them from a user's own.
 *
 * @returns its path
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function makeBackupFolder(place: BackupOptions): Promise<string> {
  const { system, disk, stateDir, at } = place;
  const all = joinPath(system, stateDir, "backups");
  const stamp = at.replaceAll(":", "-");
  let folder = joinPath(system, all, stamp);
  try {
    const names = await disk.list(all);
    const count = names.filter((name) => name.startsWith(stamp)).length;
    if (count > 0) folder += `-${count + 1}`;
    await disk.makeFolder(folder);
    const text = new TextEncoder().encode(MARKER_TEXT);
    await disk.create(joinPath(system, folder, MARKER), text, 0o600);
    await prune(place, all, names);
  } catch (error) {
    throw diskFailure(`create ${folder}`, error);
  }
  return folder;
}

/** @param names what stood in `all` before this run's own, sorted: the oldest first */
async function prune({ system, disk }: BackupOptions, all: string, names: readonly string[]) {
  const ours: string[][] = [];
  for (const name of names) {
    const files = NAME.test(name) && await filesOfOurs(disk, system, joinPath(system, all, name));
    if (files) ours.push(files);
  }
  // The marker last, so that the next run finishes what this one could not
  for (const files of ours.slice(0, 1 - KEPT)) {
    for (const file of files) await disk.remove(file);
  }
}

/** Everything to remove of a folder that is ours, in that order; `undefined` where it is not, or holds another folder. */
async function filesOfOurs(
  disk: Disk,
  system: System,
  folder: string,
): Promise<string[] | undefined> {
  const marker = joinPath(system, folder, MARKER);
  const bytes = await disk.read(marker);
  if (!bytes || new TextDecoder().decode(bytes) !== MARKER_TEXT) return undefined;
  const files = (await disk.list(folder)).filter((name) => name !== MARKER)
    .map((name) => joinPath(system, folder, name));
  const facts = await Promise.all(files.map((file) => disk.stat(file)));
  return facts.every((one) => one?.isFile) ? [...files, marker, folder] : undefined;
}
