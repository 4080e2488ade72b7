/**
 * Checks that only the user can write the sidecar's own folder.
 *
 * A program that can write there decides which hosts get the user's keys through `/r/`, and which files `undo` writes. So
 * a manifest that other users can write is not read.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { type Disk, diskFailure, type FileFacts } from "./disk.ts";

/** The id of the user who runs this; `null` where the system has none (Windows). */
type User = number | null;

/** Permission bits that let the group or everybody write. */
const OTHERS_WRITE = 0o022;

/**
 * Checks a folder and a file in it.
 *
 * @returns `bad_config` with the command that corrects it; `undefined` where both are the user's own, or missing
 */
export async function sharedStateFailure(
  disk: Disk,
  folder: string,
  file: string,
  user: User = Deno.uid(),
): Promise<Failure | undefined> {
  if (user === null) return undefined;
  for (const [what, path] of [["folder", folder], ["file", file]] as const) {
    let facts: FileFacts | undefined;
    try {
      facts = await disk.stat(path);
    } catch (error) {
      return diskFailure(`look at ${path}`, error);
    }
    const failure = facts && sharedFailure(what, path, facts, user);
    if (failure) return failure;
  }
  return undefined;
}

/** Checks one path whose facts are known. @returns as {@link sharedStateFailure} */
export function sharedFailure(
  what: "folder" | "file",
  path: string,
  { mode, owner }: FileFacts,
  user: number,
): Failure | undefined {
  const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
  const fix = (command: string) => ({
    hint: `Look whether what is in it is yours, then run: ${command} ${quoted}`,
  });
  // A path of root is trusted: root can change every program here anyway.
  if (owner && owner.user !== user && owner.user !== 0) {
    return new Failure(
      "bad_config",
      `The ${what} ${path} belongs to another user (number ${owner.user}), who could change what the sidecar remembers`,
      fix(`chown ${user}`),
    );
  }
  if ((mode & OTHERS_WRITE) === 0) return undefined;
  const who = mode & 0o002 ? "every user of this machine" : "other users of its group";
  return new Failure(
    "bad_config",
    `The ${what} ${path} can be written by ${who} (mode ${mode.toString(8).padStart(4, "0")})`,
    fix(`chmod ${what === "folder" ? "700" : "600"}`),
  );
}
