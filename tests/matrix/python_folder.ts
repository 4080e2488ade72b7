/**
 * Packages of Python in an environment that all runs share, installed once. Needs `python3` with `venv`, and its registry the
 * first time.
 *
 * @module
 */

import { cacheFolder } from "../helpers/system/cache_folder.ts";

/**
 * The folder of an environment with these packages, whose programs are in `bin`.
 *
 * @param name of the folder; the versions become part of it
 * @returns the reason where they cannot be had
 */
export async function pythonFolder(
  name: string,
  packages: readonly string[],
): Promise<{ readonly dir: string } | { readonly missing: string }> {
  const { dir } = await cacheFolder(name, packages);
  // Its programs name their folder, so that it cannot be made elsewhere and moved
  const ready = `${dir}/.ready`;
  using lock = await Deno.open(`${dir}.lock`, { create: true, write: true });
  await lock.lock(true);
  try {
    await Deno.stat(ready);
    return { dir };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  try {
    await run("python3", "-m", "venv", "--clear", dir);
    await run(`${dir}/bin/pip`, "install", "--quiet", ...packages);
    await Deno.writeTextFile(ready, "");
    return { dir };
  } catch (error) {
    return { missing: `${packages.join(", ")} cannot be installed: ${error}` };
  }
}

async function run(program: string, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, { args, stdin: "null" }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr).trim().split("\n").at(-1));
}
