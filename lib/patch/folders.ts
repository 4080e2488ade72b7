/**
 * Paths, and the home folders of a user and of Codex, by the rules of each system.
 *
 * @module
 */

import { posix, resolve, win32 } from "node:path";
import type { Env, System } from "../config/paths.ts";
import type { Disk } from "./disk/disk.ts";
import type { PatchContext } from "./integration.ts";
import { readIfAny } from "./text_file.ts";

/** The user's home; `undefined` where the environment names none. */
export function userHome(system: System, env: Env): string | undefined {
  return (system === "windows" ? env.USERPROFILE : env.HOME) || undefined;
}

/** Joins parts of a path with the system's separator. */
export function joinPath(system: System, ...parts: string[]): string {
  const slash = system === "windows" ? "\\" : "/";
  const end = system === "windows" ? /[\\/]+$/ : /\/+$/;
  return parts.map((part, at) => at < parts.length - 1 ? part.replace(end, "") : part).join(slash);
}

/** An absolute path: what the manifest holds must be found from every working directory, on Windows from every drive too. */
export function absolutePath(system: System, path: string): string {
  const { isAbsolute } = system === "windows" ? win32 : posix;
  const lacksDrive = system === "windows" && /^[\\/](?![\\/])/.test(path);
  return isAbsolute(path) && !lacksDrive ? path : resolve(path);
}

/** The paths without duplicates: of several paths to one file, the first. Links are resolved. */
export async function distinctPaths(disk: Disk, paths: Iterable<string>): Promise<string[]> {
  const out = new Map<string, string>();
  for (const path of paths) {
    const real = await realOr(disk, path);
    if (!out.has(real)) out.set(real, path);
  }
  return [...out.values()];
}

async function realOr(disk: Disk, path: string): Promise<string> {
  try {
    return await disk.realPath(path) ?? path;
  } catch (error) {
    // The reader of the file reports what the system refuses.
    if (!(error instanceof Error)) throw error;
    return path;
  }
}

/** The folder that holds a file. */
export function folderOf(path: string): string {
  return path.replace(/[\\/][^\\/]*$/, "");
}

/** A path whose leading `~` is the user's home. */
export function expandHome(system: System, env: Env, path: string): string {
  const home = userHome(system, env);
  const rest = /^~(?:$|[\\/])(.*)$/s.exec(path);
  if (!rest || home === undefined) return path;
  return rest[1] ? joinPath(system, home, rest[1]) : home;
}

/**
 * The folders in which a Codex on this machine may have its settings, the one in use first.
 *
 * `--codex-home` alone where it is given; else `CODEX_HOME`, or `~/.codex` without it, and then the one that cc-switch
 * writes to where its settings name another.
 */
export async function codexHomes(context: PatchContext): Promise<string[]> {
  const { system, env, codexHome, disk } = context;
  if (codexHome) return [absolutePath(system, codexHome)];
  const home = userHome(system, env);
  const own = env.CODEX_HOME || (home && joinPath(system, home, ".codex"));
  const settings = home && joinPath(system, home, ".cc-switch", "settings.json");
  // cc-switch treats a file that it cannot read as an empty one; so does this.
  const other = settings && (await readIfAny(disk, settings))?.codexConfigDir;
  const all = [
    own,
    typeof other === "string" && other ? expandHome(system, env, other) : undefined,
  ];
  return all.flatMap((one) => one ? [absolutePath(system, one)] : []);
}

/**
 * Folders in which a Codex has its settings where there are any: `~/.codex`, which its app uses whatever a shell says,
 * and the home that Codex++ keeps (docs/facts/switchers.md §5.1).
 */
export function otherHomes({ system, env, codexPlusDir }: PatchContext): string[] {
  const home = userHome(system, env);
  const plus = codexPlusDir || (home && joinPath(system, home, ".codex-session-delete"));
  const all = [
    home && joinPath(system, home, ".codex"),
    plus && joinPath(system, plus, "codex-home"),
  ];
  return all.flatMap((one) => one ? [absolutePath(system, one)] : []);
}

/** A path for messages: the home folder becomes `~`. */
export function shortPath(system: System, env: Env, path: string): string {
  const home = userHome(system, env);
  if (home === undefined || home.length < 2 || !path.startsWith(home)) return path;
  const rest = path.slice(home.length);
  return rest === "" || /^[\\/]/.test(rest) ? `~${rest}` : path;
}
