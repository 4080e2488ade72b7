/**
 * Packages of npm in a folder that all test runs share, installed once. Needs Node's `npm` and its registry the first time.
 *
 * @module
 */

import { cacheFolder } from "./cache_folder.ts";

/**
 * The folder with a `node_modules` of these packages, each with its exact version.
 *
 * @param name of the folder; the versions become part of it
 * @param overrides versions of what these packages need, where a registry lacks the tag they ask for
 * @returns `undefined` with the reason where they cannot be had
 */
export async function npmFolder(
  name: string,
  packages: readonly string[],
  overrides: Readonly<Record<string, string>> = {},
): Promise<{ readonly dir: string } | { readonly missing: string }> {
  const { root, dir } = await cacheFolder(name, packages);
  if (await exists(dir)) return { dir };
  using lock = await Deno.open(`${dir}.lock`, { create: true, write: true });
  await lock.lock(true);
  return await exists(dir) ? { dir } : await install(root, dir, packages, overrides);
}

/** Installs beside the final place and moves it there whole, so that an interrupted run leaves nothing half done. */
async function install(
  root: string,
  dir: string,
  packages: readonly string[],
  overrides: Readonly<Record<string, string>>,
): Promise<{ readonly dir: string } | { readonly missing: string }> {
  const draft = await Deno.makeTempDir({ dir: root, prefix: "install-" });
  const windows = Deno.build.os === "windows";
  try {
    await Deno.writeTextFile(`${draft}/package.json`, JSON.stringify({ overrides }));
    const { success, stderr } = await new Deno.Command(windows ? "npm.cmd" : "npm", {
      args: [
        "install",
        "--prefix",
        draft,
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        ...packages,
      ],
      stdin: "null",
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    await Deno.rename(draft, dir);
    return { dir };
  } catch (error) {
    await Deno.remove(draft, { recursive: true }).catch(() => undefined);
    return { missing: `npm cannot install ${packages.join(", ")}: ${error}` };
  }
}

async function exists(dir: string): Promise<boolean> {
  try {
    return (await Deno.stat(`${dir}/node_modules`)).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
