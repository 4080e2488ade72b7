/**
 * Finds the real client, or installs it once into a cache that all test runs share.
 *
 * `CODEX_BIN` names another binary. Needs nothing but Node's `npm` and its registry.
 *
 * @module
 */

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
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  const root = `${cache}/codex-sidecar-tests`;
  const dir = `${root}/codex-${CODEX_VERSION}`;
  const there = await native(dir);
  if (there) return there;
  await Deno.mkdir(root, { recursive: true });
  using lock = await Deno.open(`${dir}.lock`, { create: true, write: true });
  await lock.lock(true);
  return (await native(dir)) ?? (await install(root, dir));
}

/** Installs beside the final place and moves it there whole, so that an interrupted run leaves nothing half done. */
async function install(root: string, dir: string): Promise<string> {
  const draft = await Deno.makeTempDir({ dir: root, prefix: "install-" });
  const { success, stderr } = await new Deno.Command("npm", {
    args: [
      "install",
      "--prefix",
      draft,
      "--no-audit",
      "--no-fund",
      `@openai/codex@${CODEX_VERSION}`,
    ],
    stdin: "null",
  }).output();
  if (!success) throw new Error(`npm cannot install Codex: ${new TextDecoder().decode(stderr)}`);
  await Deno.remove(dir, { recursive: true }).catch(() => undefined);
  await Deno.rename(draft, dir);
  const binary = await native(dir);
  if (!binary) throw new Error(`The package of Codex holds no binary for this machine: ${dir}`);
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
