/**
 * Where the homes of a user and of Codex are, by the rules of each system.
 *
 * @module
 */

import { posix, resolve, win32 } from "node:path";
import type { Env, System } from "../config/paths.ts";
import type { Disk } from "./disk.ts";
import type { PatchContext } from "./integration.ts";
import { readIfAny } from "./text_file.ts";

/** The user's home; `undefined` where the environment names none. */
export function userHome(system: System, env: Env): string | undefined {
  return (system === "windows" ? env.USERPROFILE : env.HOME) || undefined;
}

/** Joins parts of a path the way the system writes them. */
export function joinPath(system: System, ...parts: string[]): string {
  const slash = system === "windows" ? "\\" : "/";
  const end = system === "windows" ? /[\\/]+$/ : /\/+$/;
  return parts.map((part, at) => at < parts.length - 1 ? part.replace(end, "") : part).join(slash);
}

/** A path as it counts in every folder: what is remembered must be found again from elsewhere. */
export function absolutePath(system: System, path: string): string {
  return (system === "windows" ? win32 : posix).isAbsolute(path) ? path : resolve(path);
}

/** Paths of different files: of several that lead to one file, the first. */
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
    // Whoever reads it says what the system refuses.
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
 * The folders in which a Codex on this machine may keep its settings, the one in use first.
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
  // cc-switch takes one that it cannot read for an empty one, and so does this.
  const other = settings && (await readIfAny(disk, settings))?.codexConfigDir;
  const all = [
    own,
    typeof other === "string" && other ? expandHome(system, env, other) : undefined,
  ];
  return all.flatMap((one) => one ? [absolutePath(system, one)] : []);
}

/** A path as people write it: the home is `~`. */
export function shortPath(system: System, env: Env, path: string): string {
  const home = userHome(system, env);
  if (home === undefined || home.length < 2 || !path.startsWith(home)) return path;
  const rest = path.slice(home.length);
  return rest === "" || /^[\\/]/.test(rest) ? `~${rest}` : path;
}
