/**
 * This machine's disk.
 *
 * @module
 */

import { open } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { inheritedOwner, makeOwnFolder, type Owner } from "../../config/inherited_owner.ts";
import type { Disk, FileFacts } from "./disk.ts";
import { SpecialFile } from "./errors.ts";

/** The operations as the system has them. */
export const systemDisk: Disk = {
  read: async (path) => {
    const facts = await orNothing(Deno.stat(path));
    // A pipe that nobody writes to would hold the reader for ever.
    if (facts && !facts.isFile && !facts.isDirectory) throw new SpecialFile(path);
    return await orNothing(Deno.readFile(path));
  },
  stat: async (path) => {
    const facts = await orNothing(Deno.stat(path));
    return facts && factsOf(facts);
  },
  realPath: async (path) => await orNothing(Deno.realPath(path)) ?? await linkedPath(path),
  list: async (path) => await orNothing(names(path)) ?? [],
  create: async (path, bytes, mode, owner) => {
    const whose = owner ?? await inheritedOwner(dirname(path));
    const file = await open(path, "wx", mode);
    try {
      // The umask has removed bits of `mode`, but a settings file keeps its bits.
      if (Deno.build.os !== "windows") await file.chmod(mode);
      if (whose) await give(file, whose);
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  overwrite: async (path, bytes) => {
    const file = await open(path, "r+");
    try {
      for (let at = 0; at < bytes.length;) {
        at += (await file.write(bytes, at, bytes.length - at, at)).bytesWritten;
      }
      await file.truncate(bytes.length);
      await file.sync();
    } finally {
      await file.close();
    }
  },
  writable: async (path) => {
    const file = await open(path, "r+");
    await file.close();
    return true;
  },
  rename: (from, to) => Deno.rename(from, to),
  remove: async (path) => {
    await orNothing(Deno.remove(path));
  },
  makeFolder: makeOwnFolder,
  lock: async (path) => {
    // Created as any other file of the folder, so that root does not lock its owner out
    if (!await orNothing(Deno.stat(path))) {
      await systemDisk.create(path, new Uint8Array(), 0o600).catch(unlessThere);
    }
    const file = await Deno.open(path, { read: true, write: true });
    if (await file.tryLock(true)) return () => file.close();
    file.close();
    return undefined;
  },
};

function factsOf(
  { isFile, isDirectory, mode, mtime, uid, gid, nlink, size }: Deno.FileInfo,
): FileFacts {
  return {
    isFile,
    special: !isFile && !isDirectory,
    mode: (mode ?? 0) & 0o777,
    changed: mtime?.getTime() ?? 0,
    links: nlink ?? 1,
    size,
    ...(uid === null || gid === null ? {} : { owner: { user: uid, group: gid } }),
  };
}

/** Root may give a file away; anybody else may only choose among the own groups, and keeps the file where that fails. */
async function give(file: Awaited<ReturnType<typeof open>>, { user, group }: Owner): Promise<void> {
  if (Deno.uid() === 0) return await file.chown(user, group);
  const now = await file.stat();
  if (now.uid !== user || now.gid === group) return;
  try {
    await file.chown(user, group);
  } catch (error) {
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

function unlessThere(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code !== "EEXIST" && !(error instanceof Deno.errors.AlreadyExists)) throw error;
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
