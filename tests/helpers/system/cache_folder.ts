/**
 * Where packages are installed once for all test runs: a folder of the user's cache, by the versions in it.
 *
 * @module
 */

/**
 * The folder of these packages, which need not be there. The one around it is.
 *
 * @param name of the folder; the versions become part of it
 */
export async function cacheFolder(
  name: string,
  packages: readonly string[],
): Promise<{ readonly root: string; readonly dir: string }> {
  const home = Deno.env.get("HOME") ?? Deno.env.get("USERPROFILE");
  const root = `${Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`}/codex-sidecar-tests`;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(packages.join()));
  await Deno.mkdir(root, { recursive: true });
  return { root, dir: `${root}/${name}-${new Uint8Array(digest).toHex().slice(0, 12)}` };
}
