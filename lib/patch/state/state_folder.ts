/**
 * Checks that only the user can write the sidecar's own folder.
 *
 * A program that can write there decides which hosts get the user's keys through `/r/`, and which files `undo` writes. So
 * a manifest that other users can write is not read.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { Disk, FileFacts } from "../disk/disk.ts";

/** The id of the user who runs this; `null` where the system has none (Windows). */
type User = number | null;

/** Permission bits that let the group or everybody write. */
const OTHERS_WRITE = 0o022;

/**
 * Checks a folder and a file in it.
 *
 * What the system does not let this user look at is no failure here: it cannot be read either, and counts as lost.
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
      if (error instanceof Error) return undefined;
      throw error;
    }
    const failure = facts && sharedFailure(what, path, facts, user, sudoUser());
    if (failure) return failure;
  }
  return undefined;
}

/** The user who became root by `sudo`; sudo itself sets the variable. */
function sudoUser(): number | undefined {
  const text = Deno.env.get("SUDO_UID");
  return text && /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Checks one path whose facts are known. @param sudo the user who became root by `sudo` @returns as {@link sharedStateFailure} */
export function sharedFailure(
  what: "folder" | "file",
  path: string,
  { mode, owner }: FileFacts,
  user: number,
  sudo?: number,
): Failure | undefined {
  const quoted = `'${path.replaceAll("'", `'\\''`)}'`;
  const fix = (command: string) => ({
    hint: `Look whether what is in it is yours, then run: ${command} ${quoted}`,
  });
  // A path of root is trusted: root can change every program here anyway.
  // So is, for root, the user who became root by `sudo` and whose folder this is.
  const trusted = [user, 0, ...user === 0 && sudo !== undefined ? [sudo] : []];
  if (owner && !trusted.includes(owner.user)) {
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
