/**
 * Changes several files: either all of them hold the new bytes, or all hold the old ones.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { type Disk, same } from "./disk/disk.ts";
import { diskFailure } from "./disk/errors.ts";
import { removeFile, replaceFile } from "./disk/replace.ts";

import { readBytes } from "./text_file.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** The change of one file. */
export interface FileChange {
  readonly path: string;
  /** The bytes that were read; `undefined` where there was no file. */
  readonly before: Bytes | undefined;
  /** The new bytes; `undefined` where the file is to be removed. */
  readonly after: Bytes | undefined;
}

/**
 * Applies the changes in order; where one fails, those before it are reverted.
 *
 * @throws {Failure} `bad_config`: the system refuses, or another program changed one of the files meanwhile
 */
export async function applyFiles(disk: Disk, changes: readonly FileChange[]): Promise<void> {
  const done: FileChange[] = [];
  try {
    for (const change of changes) {
      await applyFile(disk, change);
      done.unshift(change);
    }
  } catch (error) {
    for (const { path, before, after } of done) {
      await applyFile(disk, { path, before: after, after: before });
    }
    throw error;
  }
}

/** Copies the files as they are before the changes into `dir`, under names of `prefix` and a number. */
export async function backUpFiles(
  disk: Disk,
  dir: string,
  prefix: string,
  changes: readonly FileChange[],
): Promise<void> {
  for (const [at, { path, before }] of changes.entries()) {
    const name = `${dir}/${prefix}-${at + 1}-${path.split(/[\\/]/).at(-1)}`;
    if (before === undefined) continue;
    try {
      await disk.create(name, before, 0o600);
    } catch (error) {
      throw diskFailure(`write ${name}`, error);
    }
  }
}

async function applyFile(disk: Disk, { path, before, after }: FileChange): Promise<void> {
  if (after !== undefined) {
    const folder = path.replace(/[\\/][^\\/]*$/, "");
    try {
      if (before === undefined) await disk.makeFolder(folder);
    } catch (error) {
      throw diskFailure(`create ${folder}`, error);
    }
    return await replaceFile(disk, path, after, before);
  }
  if (!same(await readBytes(disk, path), before)) {
    throw new Failure("bad_config", `${path} was changed by another program just now`, {
      hint: "Run the command again",
    });
  }
  // A link whose target was missing keeps a missing target.
  await removeFile(disk, path);
}
