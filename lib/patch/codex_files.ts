/**
 * The config.toml files of Codex on this machine, read.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { isObject, parseJson } from "../base/json.ts";
import { diskFailure } from "./disk.ts";
import { codexHomes, joinPath, shortPath } from "./folders.ts";
import type { PatchContext } from "./place.ts";

/** A config.toml as it was read. */
export interface ConfigFile {
  readonly path: string;
  /** As the user knows it: `~/.codex/config.toml`. */
  readonly name: string;
  /** `undefined`: there is no file. */
  readonly bytes: Uint8Array<ArrayBuffer> | undefined;
  /** Empty where there is no file. */
  readonly text: string;
  /** Whether the `auth.json` beside it is a ChatGPT login. */
  readonly login: boolean;
}

/** The paths: one for each home of Codex, the one in use first. */
export async function configPaths(context: PatchContext): Promise<string[]> {
  const homes = await codexHomes(context);
  return homes.map((home) => joinPath(context.system, home, "config.toml"));
}

/**
 * Reads one.
 *
 * @throws {Failure} `bad_config` where it cannot be read, or is no text.
 */
export async function readConfig(context: PatchContext, path: string): Promise<ConfigFile> {
  const { system, env } = context;
  const bytes = await read(context, path);
  const auth = await read(context, path.replace(/config\.toml$/, "auth.json"));
  return {
    path,
    name: shortPath(system, env, path),
    bytes,
    text: decode(bytes, path),
    login: auth !== undefined && isLogin(new TextDecoder().decode(auth)),
  };
}

async function read({ disk }: PatchContext, path: string) {
  try {
    return await disk.read(path);
  } catch (error) {
    throw diskFailure(`read ${path}`, error);
  }
}

function decode(bytes: Uint8Array | undefined, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw new Failure("bad_config", `${path} is not UTF-8 text`, {
      cause: error,
      hint: "Save it as UTF-8; Codex cannot read it either",
    });
  }
}

/** codex-client.md §1.3 */
function isLogin(auth: string): boolean {
  const read = parseJson(auth);
  if (!isObject(read)) return false;
  return read.auth_mode === "chatgpt" || (isObject(read.tokens) && !read.OPENAI_API_KEY);
}
