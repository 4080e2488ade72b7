/**
 * Replaces and removes settings files of other programs.
 *
 * A file is replaced by a rename wherever that keeps what it is. Where it would not (hard links, something mounted on the
 * file, an owner or a group that a new file cannot have, a folder that takes no new file), it is written in place.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { type Disk, type FileFacts, same } from "./disk.ts";
import { diskFailure, SpecialFile, type Trouble, troubleOf } from "./errors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The suffix of a new file that will replace another. */
const DRAFT = ".sidecar-new";

/** Folders whose files are made by a package manager from a source of the user's: a change there would not last. */
const STORES = /^\/(?:nix|gnu)\/store\//;

/** Where a rename is not possible, and writing in place may be. */
const IN_PLACE: readonly Trouble[] = ["busy", "denied", "read_only"];

/**
 * Replaces the content of a file: by a rename, so that a reader sees all of the old bytes or all of the new ones, and in
 * place where a rename would change more than the content.
 *
 * Links are followed and stay; the file keeps its permission bits, its owner, its group and its other names.
 *
 * @param expected the bytes that the file must hold now; `undefined` where it must not exist
 * @param mode permission bits of a new file
 * @throws {Failure} `bad_config`: the file was changed meanwhile, or the system refuses; then it is as it was
 */
export async function replaceFile(
  disk: Disk,
  path: string,
  bytes: Bytes,
  expected: Bytes | undefined,
  mode = 0o600,
): Promise<void> {
  const { target, facts } = await targetOf(disk, path);
  const unchanged = async () => {
    if (same(await disk.read(target), expected)) return;
    throw new Failure("bad_config", `${path} was changed by another program just now`, {
      hint: "Run the command again",
    });
  };
  try {
    if (facts?.special) throw new SpecialFile(target);
    if (STORES.test(target)) throw storeFailure(path, target);
    const oneName = (facts?.links ?? 1) <= 1;
    const renamed = oneName && await byRename(disk, target, bytes, facts, mode, unchanged);
    if (!renamed) await inPlace(disk, target, bytes, expected, unchanged);
  } catch (error) {
    await sweep(disk, target);
    throw error instanceof Failure ? error : diskFailure(`write ${named(path, target)}`, error);
  }
  if (!same(await disk.read(target), bytes)) {
    throw new Failure("bad_config", `${path} does not hold what was written to it`, {
      hint: "Another program wrote it at the same moment; close it and run the command again",
    });
  }
}

/** @returns whether it was done; where not, the file is as it was, and may be written in place */
async function byRename(
  disk: Disk,
  target: string,
  bytes: Bytes,
  facts: FileFacts | undefined,
  mode: number,
  unchanged: () => Promise<void>,
): Promise<boolean> {
  const next = target + DRAFT;
  try {
    await removeDraft(disk, next);
    await disk.create(next, bytes, facts?.mode || mode, facts?.owner);
    const drafted = facts?.owner && await disk.stat(next);
    if (
      facts?.owner && drafted?.owner && !sameOwner(facts, drafted) && await writable(disk, target)
    ) {
      await disk.remove(next);
      return false;
    }
    await unchanged();
    await disk.rename(next, target);
    return true;
  } catch (error) {
    // On Windows these mean a program that has the file open, which must not see half of it.
    const possible = Deno.build.os !== "windows" && IN_PLACE.includes(troubleOf(error));
    if (!facts?.isFile || !possible) throw error;
    await sweep(disk, target);
    if (await writable(disk, target)) return false;
    throw error;
  }
}

/** Whether the file itself can be written, whatever its folder. Writes nothing. */
async function writable(disk: Disk, target: string): Promise<boolean> {
  try {
    return await disk.writable(target);
  } catch (error) {
    // The reason is the one of the rename.
    if (!(error instanceof Error)) throw error;
    return false;
  }
}

/** The backup exists by now; where writing fails, the old bytes are put back. */
async function inPlace(
  disk: Disk,
  target: string,
  bytes: Bytes,
  expected: Bytes | undefined,
  unchanged: () => Promise<void>,
): Promise<void> {
  await unchanged();
  try {
    await disk.overwrite(target, bytes);
  } catch (error) {
    if (expected) await disk.overwrite(target, expected).catch(() => undefined);
    throw error;
  }
}

function sameOwner(a: FileFacts, b: FileFacts): boolean {
  return a.owner?.user === b.owner?.user && a.owner?.group === b.owner?.group;
}

/** A path for messages: where it is a link, with what it leads to. */
function named(path: string, target: string): string {
  // Windows' own spelling of the same path is no link.
  const plain = (text: string) => text.replaceAll("\\", "/").toLowerCase();
  return plain(target) === plain(path) ? path : `${path}, which is ${target}`;
}

function storeFailure(path: string, target: string): Failure {
  return new Failure(
    "bad_config",
    `Cannot write ${
      named(path, target)
    }: a package manager makes that file and would bring it back`,
    {
      hint:
        "Set base_url in the source that it is made from, such as home.nix, or leave this program out with --only",
    },
  );
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

async function removeQuietly(disk: Disk, path: string): Promise<void> {
  try {
    await disk.remove(path);
  } catch (error) {
    // The earlier failure is the one to report; the next run removes the draft.
    if (!(error instanceof Error)) throw error;
  }
}
