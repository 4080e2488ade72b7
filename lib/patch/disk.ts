/**
 * The file operations of `init` and `undo`. Tests can replace each of them, to make it fail or to interrupt it.
 *
 * All of `lib/patch/` uses this interface, except for a database (which has its own journal) and a lock file.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/** The operations. They throw Deno's errors, except where a missing file has a result. */
export interface Disk {
  /** The bytes of a file; `undefined` where there is none. */
  read(path: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Kind, permission bits (0 where the system has none) and time of the last change of what `path` leads to. */
  stat(path: string): Promise<FileFacts | undefined>;
  /** The target of `path` with every link resolved, even where the target is missing; `undefined` where `path` is missing. */
  realPath(path: string): Promise<string | undefined>;
  /** The names in a folder; empty where there is none. */
  list(path: string): Promise<string[]>;
  /**
   * Writes a new file and flushes it to the disk. Throws where one exists.
   *
   * @param owner the owner to set, where the system permits it
   */
  create(
    path: string,
    bytes: Uint8Array<ArrayBuffer>,
    mode: number,
    owner?: Owner,
  ): Promise<void>;
  /** Replaces one file by another, atomically. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, a link or an empty folder; does nothing where there is none. */
  remove(path: string): Promise<void>;
  /** Creates a folder and its parents, readable by the owner alone. */
  makeFolder(path: string): Promise<void>;
}

/** The result of `stat`. */
export interface FileFacts {
  readonly isFile: boolean;
  /** Permission bits, such as `0o600`. */
  readonly mode: number;
  /** Milliseconds since the epoch. */
  readonly changed: number;
  /** Absent where the system has none. */
  readonly owner?: Owner;
}

/** A user and a group by their numbers. */
interface Owner {
  readonly user: number;
  readonly group: number;
}

/** The suffix of a new file that will replace another. */
const DRAFT = ".sidecar-new";

/** This machine's disk. */
export const systemDisk: Disk = {
  read: (path) => orNothing(Deno.readFile(path)),
  stat: async (path) => {
    const facts = await orNothing(Deno.stat(path));
    return facts && {
      isFile: facts.isFile,
      mode: (facts.mode ?? 0) & 0o777,
      changed: facts.mtime?.getTime() ?? 0,
      ...(facts.uid === null || facts.gid === null
        ? {}
        : { owner: { user: facts.uid, group: facts.gid } }),
    };
  },
  realPath: async (path) => await orNothing(Deno.realPath(path)) ?? await linkedPath(path),
  list: async (path) => await orNothing(names(path)) ?? [],
  create: async (path, bytes, mode, owner) => {
    const file = await open(path, "wx", mode);
    try {
      // The umask has removed bits of `mode`, but a settings file keeps its bits.
      if (Deno.build.os !== "windows") await file.chmod(mode);
      // Under root, the new file would belong to root, and its user could no longer write it.
      if (owner && Deno.uid() === 0) await file.chown(owner.user, owner.group);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  rename: (from, to) => Deno.rename(from, to),
  remove: async (path) => {
    await orNothing(Deno.remove(path));
  },
  makeFolder: (path) => Deno.mkdir(path, { recursive: true, mode: 0o700 }),
};

/**
 * Replaces the content of a file atomically: a reader sees all of the old bytes or all of the new ones.
 *
 * Links are followed and stay; the file keeps its permission bits.
 *
 * @param expected the bytes that the file must hold now; `undefined` where it must not exist
 * @param mode permission bits of a new file
 * @throws {Failure} `bad_config`: the file was changed meanwhile, or the system refuses; then it is as it was
 */
export async function replaceFile(
  disk: Disk,
  path: string,
  bytes: Uint8Array<ArrayBuffer>,
  expected: Uint8Array | undefined,
  mode = 0o600,
): Promise<void> {
  const { target, facts } = await targetOf(disk, path);
  const next = target + DRAFT;
  try {
    await removeDraft(disk, next);
    await disk.create(next, bytes, facts?.mode || mode, facts?.owner);
    if (!same(await disk.read(target), expected)) {
      throw new Failure("bad_config", `${path} was changed by another program just now`, {
        hint: "Run the command again",
      });
    }
    await disk.rename(next, target);
  } catch (error) {
    await sweep(disk, target);
    throw error instanceof Failure ? error : diskFailure(`write ${path}`, error);
  }
  if (!same(await disk.read(target), bytes)) {
    throw new Failure("bad_config", `${path} does not hold what was written to it`, {
      hint: "Another program wrote it at the same moment; close it and run the command again",
    });
  }
}

/** Removes the draft of a killed run. Only a file can be a draft. */
async function removeDraft(disk: Disk, draft: string): Promise<void> {
  const facts = await disk.stat(draft);
  if (facts && !facts.isFile) {
    throw diskFailure(`remove ${draft}`, new Deno.errors.IsADirectory(draft));
  }
  await disk.remove(draft);
}

async function targetOf(disk: Disk, path: string) {
  try {
    const target = await disk.realPath(path) ?? path;
    return { target, facts: await disk.stat(target) };
  } catch (error) {
    throw diskFailure(`look at ${path}`, error);
  }
}

/** Removes a file; for a link, its target. @throws {Failure} `bad_config` where the system refuses. */
export async function removeFile(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(await disk.realPath(path) ?? path);
  } catch (error) {
    throw diskFailure(`remove ${path}`, error);
  }
}

/** Removes the draft that a killed {@link replaceFile} left beside a file, if possible. */
export async function sweep(disk: Disk, path: string): Promise<void> {
  try {
    const draft = (await disk.realPath(path) ?? path) + DRAFT;
    if ((await disk.stat(draft))?.isFile) await removeQuietly(disk, draft);
  } catch (error) {
    // Where the file cannot be examined, no draft was written.
    if (!(error instanceof Error)) throw error;
  }
}

/** The `bad_config` for an error of the system, with a hint. @param action such as `write /home/a/.codex/config.toml` */
export function diskFailure(action: string, error: unknown): Failure {
  const [fact, hint] = reason(error);
  return new Failure("bad_config", `Cannot ${action}: ${fact}`, { cause: error, hint });
}

/** Whether two files hold the same bytes; two missing files are equal. */
export function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

function reason(error: unknown): [fact: string, hint: string] {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOSPC" || code === "EDQUOT") return ["the disk is full", "Free some space"];
  if (code === "EROFS") {
    return [
      "the file system is read-only",
      "Make it writable, or leave this program out with --only",
    ];
  }
  if (
    code === "EACCES" || code === "EPERM" || error instanceof Deno.errors.PermissionDenied ||
    error instanceof Deno.errors.NotCapable
  ) {
    return [
      "the system does not permit it",
      "Run as the owner of the file, and check that it and its folder may be written",
    ];
  }
  if (error instanceof Deno.errors.IsADirectory || code === "EISDIR") {
    return ["it is a folder", "Move the folder away"];
  }
  if (code === "EBUSY") return ["another program holds it open", "Close that program"];
  return [error instanceof Error ? error.message : String(error), "Check the path"];
}

async function removeQuietly(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    // The earlier failure is the one to report; the next run removes the draft.
    if (!(error instanceof Error)) throw error;
  }
}

/** The missing target of a link; `undefined` where `path` is no link. */
async function linkedPath(path: string): Promise<string | undefined> {
  try {
    const to = resolve(dirname(path), await Deno.readLink(path));
    return await linkedPath(to) ?? to;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}

async function names(path: string): Promise<string[]> {
  const out: string[] = [];
  for await (const { name } of Deno.readDir(path)) out.push(name);
  return out.sort();
}

async function orNothing<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    if (error instanceof Deno.errors.NotADirectory) return undefined;
    throw error;
  }
}
