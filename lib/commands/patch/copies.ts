/**
 * The copies that `init` keeps of what it changes: they hold keys, so `undo` says where they are, and removes them on request.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import { backupsFolder, ownCopies, removeCopies } from "../../patch/state/backup_folders.ts";
import { shortPath } from "../../patch/folders.ts";
import type { PatchContext } from "../../patch/integration.ts";
import type { PatchOptions } from "./patching.ts";

/** What there is, and what can be done with it. */
export interface Copies {
  /** Sentences before the question; empty where there is nothing to say. */
  readonly lines: readonly string[];
  /** Whether some are to be removed. */
  readonly go: boolean;
  /** Removes them, where they are to be removed. @returns what the system refused */
  remove(): Promise<Failure | undefined>;
  /** Where copies remain after the command; `undefined` where none do. */
  remaining(): Promise<string | undefined>;
}

/**
 * Looks for them.
 *
 * @throws {Failure} `bad_usage` where only some programs are reverted: the copies are of all
 */
export async function findCopies(
  context: PatchContext,
  { purge, only }: PatchOptions,
): Promise<Copies> {
  if (purge && only !== undefined) {
    throw new Failure(
      "bad_usage",
      "--purge removes the copies of all programs, so it goes without --only",
    );
  }
  const found = await ownCopies(context).catch(asFailure);
  const copies = found instanceof Failure ? [] : found;
  const folder = cleanLine(shortPath(context.system, context.env, backupsFolder(context)));
  const count = `${copies.length} ${copies.length === 1 ? "copy" : "copies"}`;
  const go = purge === true && copies.length > 0;
  return {
    lines: go ? [`${count} of earlier settings in ${folder}: removed`] : [],
    go,
    // The run itself has made one more
    remove: async () => {
      if (!purge) return undefined;
      try {
        await removeCopies(context, await ownCopies(context));
        return undefined;
      } catch (error) {
        return asFailure(error);
      }
    },
    remaining: async () => {
      const left = await context.disk.list(backupsFolder(context)).catch(() => []);
      if (left.length === 0) return undefined;
      const how = purge
        ? "they are not the sidecar's to remove"
        : "sidecar undo --purge removes them";
      return `Copies of earlier settings, with the keys in them, are in ${folder}; ${how}.`;
    },
  };
}
