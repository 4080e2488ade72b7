/**
 * Finds the real client, or installs it once into a cache that all test runs share.
 *
 * `CODEX_BIN` names another binary. Needs nothing but Node's `npm` and its registry.
 *
 * @module
 */

import { npmFolder } from "../system/npm_folder.ts";

/** The version all measured facts are about. */
export const CODEX_VERSION = "0.169.0";

const found = new Map<string, Promise<string>>();

/** The path of the native client. The first call of the first run installs it, which takes some seconds. */
export function codexBinary(version: string = CODEX_VERSION): Promise<string> {
  const known = found.get(version) ?? locate(version);
  found.set(version, known);
  return known;
}

async function locate(version: string): Promise<string> {
  const named = Deno.env.get("CODEX_BIN");
  if (named && version === CODEX_VERSION) return named;
  const folder = await npmFolder("codex", [`@openai/codex@${version}`]);
  if ("missing" in folder) throw new Error(folder.missing);
  const binary = await native(folder.dir);
  if (!binary) {
    throw new Error(`The package of Codex holds no binary for this machine: ${folder.dir}`);
  }
  return binary;
}

const { os, arch } = Deno.build;
const BINARY = new RegExp(`/vendor/${arch}-[^/]*${os}[^/]*/(?:bin|codex)/codex(?:\\.exe)?$`);

/**
 * The native binary below a folder of npm: `…/vendor/<target>/bin/codex`, however deep npm has nested it. Until 0.120 the
 * last folder was `codex`, and until 0.98 one package held every target's.
 */
async function native(dir: string): Promise<string | undefined> {
  try {
    for await (const entry of Deno.readDir(dir)) {
      const path = `${dir}/${entry.name}`;
      if (entry.isFile && BINARY.test(path)) return path;
      const deeper = entry.isDirectory ? await native(path) : undefined;
      if (deeper) return deeper;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return undefined;
}
