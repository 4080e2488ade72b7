/**
 * New folders for homes of programs that write them through to the disk at every start, as Codex and browsers do.
 *
 * @module
 */

import { statfsSync } from "node:fs";
import { compiled } from "../program/program.ts";

/** Linux' file system in memory. Deno lets a program read below `/dev` only with every permission, which the binary has not. */
const MEMORY = "/dev/shm";
/** Bytes that must be free there: containers have 64 MiB by default. */
const ROOM = 1024 ** 3;

const dir = inMemory() ? MEMORY : undefined;

/** Makes one, in memory where there is room; whoever made it removes it. */
export async function tempFolder(prefix: string): Promise<string> {
  return await Deno.makeTempDir({ prefix, ...dir !== undefined && { dir } });
}

/** The same at once, for homes whose files are written through to the disk again and again. */
export function tempFolderSync(prefix: string): string {
  return Deno.makeTempDirSync({ prefix, ...dir !== undefined && { dir } });
}

/** Removes a folder in which programs ran: some end a little later than they say, and write until then. */
export async function removeFolder(folder: string): Promise<void> {
  for (let left = 400; true; left--) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch (error) {
      if (left === 0 || error instanceof Deno.errors.NotFound) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function inMemory(): boolean {
  if (Deno.build.os !== "linux" || compiled) return false;
  try {
    const { bavail, bsize } = statfsSync(MEMORY);
    return bavail * bsize >= ROOM;
  } catch {
    return false; // this system has none
  }
}
