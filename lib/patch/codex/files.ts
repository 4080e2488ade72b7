/**
 * Finds and reads the config.toml files of Codex on this machine.
 *
 * @module
 */

import { isObject, parseJson } from "../../base/json.ts";
import {
  codexHomes,
  distinctPaths,
  folderOf,
  joinPath,
  otherHomes,
  shortPath,
} from "../folders.ts";
import { PROXY_MARKER } from "./layers/lead.ts";
import type { Disk } from "../disk/disk.ts";
import type { Edit, PatchContext } from "../integration.ts";
import { readBytes, utf8 } from "../text_file.ts";

/** One config.toml. */
export interface ConfigFile {
  readonly path: string;
  /** Its path for messages: `~/.codex/config.toml`. */
  readonly name: string;
  /** `undefined` where there is no file. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Empty where there is no file. */
  readonly text: string;
  /** Whether the `auth.json` beside it is a ChatGPT login. */
  readonly login: boolean;
  /** Whether that `auth.json` holds cc-switch's marker in place of a key. */
  readonly taken: boolean;
}

/**
 * One path for each home of Codex, the one in use first. Homes that links make equal count once.
 *
 * @param known folders that a record names as homes; these, `~/.codex` behind `CODEX_HOME` and Codex++'s own home count
 * where they hold a config.toml
 */
export async function configPaths(
  context: PatchContext,
  known: readonly string[] = context.knownHomes ?? [],
): Promise<string[]> {
  const { system, disk } = context;
  const named = context.codexHome ? [] : [...otherHomes(context), ...known];
  const there = await Promise.all(
    named.map((home) => readBytes(disk, joinPath(system, home, "config.toml"))),
  );
  const homes = [...await codexHomes(context), ...named.filter((_, at) => there[at])];
  const paths = homes.map((home) => joinPath(context.system, home, "config.toml"));
  return await distinctPaths(context.disk, paths);
}

/**
 * Reads a config.toml, and looks for a login in the `auth.json` beside it.
 *
 * @throws {Failure} `bad_config` where it cannot be read, or is not UTF-8
 */
export async function readConfig(context: PatchContext, path: string): Promise<ConfigFile> {
  const { system, env, disk } = context;
  const bytes = await readBytes(disk, path);
  const read = await readBytes(disk, joinPath(system, folderOf(path), "auth.json"));
  const auth = read && new TextDecoder().decode(read);
  return {
    path,
    name: shortPath(system, env, path),
    bytes,
    text: bytes ? utf8(bytes, path, "Save it as UTF-8; Codex cannot read it either") : "",
    login: auth !== undefined && isLogin(auth),
    taken: auth?.includes(PROXY_MARKER) === true,
  };
}

/** Whether an `auth.json` holds a ChatGPT login (docs/facts/codex.md §1.3). */
function isLogin(auth: string): boolean {
  const read = parseJson(auth);
  if (!isObject(read)) return false;
  return read.auth_mode === "chatgpt" || (isObject(read.tokens) && !read.OPENAI_API_KEY);
}

/**
 * The edits of a file that is not where it was: those of files of that name that are gone, as if they had been made in `path`.
 *
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function movedEdits(
  disk: Disk,
  edits: readonly Edit[],
  path: string,
): Promise<Edit[]> {
  const name = nameOf(path);
  const gone = new Set<string>();
  for (const file of new Set(edits.map(({ file }) => file))) {
    if (nameOf(file) === name && !await readBytes(disk, file)) gone.add(file);
  }
  return edits.filter(({ file }) => gone.has(file)).map((edit) => ({ ...edit, file: path }));
}

function nameOf(path: string): string {
  return path.replace(/^.*[\\/]/, "");
}
