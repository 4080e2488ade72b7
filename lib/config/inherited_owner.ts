/**
 * Whose a new file is: under root, its folder's owner's. In a user's home, a file of root's would lock that user out.
 *
 * @module
 */

import { dirname } from "node:path";

/** A user and a group by their numbers. */
export interface Owner {
  readonly user: number;
  readonly group: number;
}

/**
 * The owner of `folder`, or of the nearest folder above it that exists.
 *
 * @returns `undefined` where a new file has the right owner by itself: for everybody but root, and on Windows
 */
export async function inheritedOwner(folder: string): Promise<Owner | undefined> {
  if (!isRoot()) return undefined;
  const facts = await factsOf(folder);
  if (facts) return facts.uid === null ? undefined : { user: facts.uid, group: facts.gid ?? 0 };
  const above = dirname(folder);
  return above === folder ? undefined : await inheritedOwner(above);
}

/** Creates a folder and its parents, readable by the owner alone; under root they belong to the owner of the folder above. */
export async function makeOwnFolder(path: string): Promise<void> {
  const owner = await inheritedOwner(dirname(path));
  const made = owner ? await missingFolders(path) : [];
  await Deno.mkdir(path, { recursive: true, mode: 0o700 });
  for (const one of made) if (owner) await Deno.chown(one, owner.user, owner.group);
}

/** The folders of `path` that do not exist yet, the outermost first. */
async function missingFolders(path: string): Promise<string[]> {
  if (await factsOf(path) || dirname(path) === path) return [];
  return [...await missingFolders(dirname(path)), path];
}

async function factsOf(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    return await Deno.stat(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function isRoot(): boolean {
  try {
    return Deno.build.os !== "windows" && Deno.uid() === 0;
  } catch (error) {
    // `deno task start` may not ask.
    if (!(error instanceof Deno.errors.NotCapable)) throw error;
    return false;
  }
}
