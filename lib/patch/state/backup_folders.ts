/**
 * The backup folders: one for each run; beyond a number, the oldest are removed.
 *
 * A folder is removed only if it has the name of a backup, holds the marker, and holds nothing but files.
 *
 * @module
 */

import type { Disk } from "../disk/disk.ts";
import { diskFailure } from "../disk/errors.ts";
import type { System } from "../../config/paths.ts";
import { joinPath } from "../folders.ts";

/** The most backups that are kept. */
const KEPT = 10;

/** The marker file of a backup folder, and its content. */
const MARKER = ".sidecar-backup";
const MARKER_TEXT =
  "Codex Sidecar made this folder: settings as they were before a change. It removes the oldest ones by itself.\n";

/** The name of a backup folder: its time, and a number where two have the same time. */
const NAME = /^\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d(?:\.\d{3})?Z(?:-\d+)?$/;

/** A list of changes that could not be parsed, kept beside the new one. */
const UNREADABLE = /^manifest\.json\.unreadable(?:-\d+)?$/;

/** Where the folders are. */
interface BackupPlace {
  readonly system: System;
  readonly disk: Disk;
  readonly stateDir: string;
}

/** The options of {@link makeBackupFolder}. */
interface BackupOptions extends BackupPlace {
  /** The time of the run, ISO 8601. */
  readonly at: string;
}

/**
 * Creates the folder of one run with its marker, and removes the oldest marked folders beyond {@link KEPT}.
 *
 * Folders of older versions have no marker and stay: they cannot be told from folders of the user.
 *
 * @returns its path
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function makeBackupFolder(options: BackupOptions): Promise<string> {
  const { system, disk, at } = options;
  const all = backupsFolder(options);
  const stamp = at.replaceAll(":", "-");
  let folder = joinPath(system, all, stamp);
  try {
    const names = await disk.list(all);
    const count = names.filter((name) => name.startsWith(stamp)).length;
    if (count > 0) folder += `-${count + 1}`;
    await disk.makeFolder(folder);
    const text = new TextEncoder().encode(MARKER_TEXT);
    await disk.create(joinPath(system, folder, MARKER), text, 0o600);
    await prune(options, all, names);
  } catch (error) {
    throw diskFailure(`create ${folder}`, error);
  }
  return folder;
}

/** The folder of all backup folders. */
export function backupsFolder({ system, stateDir }: Omit<BackupPlace, "disk">): string {
  return joinPath(system, stateDir, "backups");
}

/**
 * The copies that the sidecar made and may remove: backup folders with its marker, and unreadable lists of changes that were
 * kept. Each is the paths to remove, in order.
 *
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function ownCopies(place: BackupPlace): Promise<string[][]> {
  const { system, disk, stateDir } = place;
  const all = backupsFolder(place);
  const out: string[][] = [];
  try {
    for (const name of await disk.list(all)) {
      const files = NAME.test(name) && await filesOfOurs(disk, system, joinPath(system, all, name));
      if (files) out.push(files);
    }
    for (const name of await disk.list(stateDir)) {
      const path = joinPath(system, stateDir, name);
      if (UNREADABLE.test(name) && (await disk.stat(path))?.isFile) out.push([path]);
    }
  } catch (error) {
    throw diskFailure(`look into ${all}`, error);
  }
  return out;
}

/** Removes what {@link ownCopies} found, and the folder of the backups where nothing else is in it. */
export async function removeCopies(place: BackupPlace, copies: readonly string[][]): Promise<void> {
  const { disk } = place;
  const all = backupsFolder(place);
  try {
    for (const path of copies.flat()) await disk.remove(path);
    if ((await disk.list(all)).length === 0) await disk.remove(all);
  } catch (error) {
    throw diskFailure(`remove the copies in ${all}`, error);
  }
}

/** @param names the names in `all` without that of this run, oldest first */
async function prune({ system, disk }: BackupOptions, all: string, names: readonly string[]) {
  const ours: string[][] = [];
  for (const name of names) {
    const files = NAME.test(name) && await filesOfOurs(disk, system, joinPath(system, all, name));
    if (files) ours.push(files);
  }
  // The marker is removed last, so that the next run can finish an interrupted removal.
  for (const files of ours.slice(0, 1 - KEPT)) {
    for (const file of files) await disk.remove(file);
  }
}

/** The paths to remove of a marked folder, in order; `undefined` where it has no marker, or holds a folder. */
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
