/**
 * Finds the real client, or installs it once into a cache that all test runs share.
 *
 * `CODEX_BIN` names another binary. Needs nothing but Node's `npm` and its registry.
 *
 * @module
 */

import { npmFolder } from "./npm_folder.ts";

/** The version all measured facts are about. */
export const CODEX_VERSION = "0.169.0";

let found: Promise<string> | undefined;

/** The path of the native client. The first call of the first run installs it, which takes some seconds. */
export function codexBinary(): Promise<string> {
  return found ??= locate();
}

async function locate(): Promise<string> {
  const named = Deno.env.get("CODEX_BIN");
  if (named) return named;
  const folder = await npmFolder("codex", [`@openai/codex@${CODEX_VERSION}`]);
  if ("missing" in folder) throw new Error(folder.missing);
  const binary = await native(folder.dir);
  if (!binary) {
    throw new Error(`The package of Codex holds no binary for this machine: ${folder.dir}`);
  }
  return binary;
}

/** The native binary below a folder of npm: `…/vendor/<target>/bin/codex`, however deep npm has nested it. */
async function native(dir: string): Promise<string | undefined> {
  try {
    for await (const entry of Deno.readDir(dir)) {
      const path = `${dir}/${entry.name}`;
      if (entry.isFile && /\/vendor\/[^/]+\/bin\/codex(\.exe)?$/.test(path)) return path;
      const deeper = entry.isDirectory ? await native(path) : undefined;
      if (deeper) return deeper;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}
