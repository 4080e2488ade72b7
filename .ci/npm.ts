/**
 * Lays out the npm packages of a release.
 *
 * ```
 * npm.ts BINARIES OUT [--version V] [--only BUILD,…]   one folder a package: OUT/codex-sidecar-linux-x64, …, OUT/codex-sidecar
 * ```
 * BINARIES holds `sidecar-<os>-<arch>/sidecar` (`sidecar.exe` for Windows) and THIRD-PARTY.txt, as `pack.sh` takes them.
 * Each build must be there; `--only` names those that are, to try it by hand. `npm publish` each folder as it is printed, in that
 * order: the launcher comes last, so that nobody gets it without a program. `GITHUB_REPOSITORY` comes from the workflow.
 *
 * @module
 */

import { isAbsolute } from "node:path";
import { parseArgs } from "node:util";
import manifest from "../deno.json" with { type: "json" };
import {
  mainManifest,
  NAME,
  type Platform,
  platformManifest,
  platformReadme,
  PLATFORMS,
  type Release,
} from "./npm_packages.ts";

const top = new URL("../", import.meta.url);

/** What is laid out, and from what. */
export interface Layout extends Release {
  readonly binaries: string;
  readonly out: string;
  /** Builds to lay out. @default all */
  readonly only?: readonly string[];
}

/**
 * Writes the folders.
 *
 * @returns their paths in the order in which they are to be published
 * @throws {Error} Where a build is missing or unknown, or the repository or version is no such thing.
 */
export async function layOut(layout: Layout): Promise<string[]> {
  const { binaries, out, only, version, repository } = layout;
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`${repository} is no owner/name`);
  if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) throw new Error(`${version} is no version`);
  const unknown = only?.filter((name) => !PLATFORMS.some(({ build }) => build === name)) ?? [];
  if (unknown.length > 0) throw new Error(`There is no build ${unknown.join(", ")}`);
  const folders = [];
  for (const platform of PLATFORMS.filter(({ build }) => only?.includes(build) ?? true)) {
    folders.push(await layPlatform(platform, `${binaries}/${platform.build}`, layout));
  }
  const folder = `${out}/${NAME}`;
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await write(`${folder}/package.json`, json(mainManifest(layout)));
  await copy(new URL(".ci/npm_launcher.cjs", top), `${folder}/bin/sidecar.cjs`, 0o755);
  for (const name of ["README.md", "LICENSE"]) await copy(new URL(name, top), `${folder}/${name}`);
  return [...folders, folder];
}

async function layPlatform(platform: Platform, from: string, layout: Layout): Promise<string> {
  const folder = `${layout.out}/${platform.name}`;
  await Deno.mkdir(`${folder}/bin`, { recursive: true });
  await write(`${folder}/package.json`, json(platformManifest(platform, layout)));
  await write(`${folder}/README.md`, platformReadme(platform));
  await copy(new URL("LICENSE", top), `${folder}/LICENSE`);
  await copy(`${layout.binaries}/THIRD-PARTY.txt`, `${folder}/THIRD-PARTY.txt`);
  // What travels between the jobs of a workflow loses its mode
  await copy(`${from}/${platform.program.slice(4)}`, `${folder}/${platform.program}`, 0o755);
  return folder;
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

async function write(path: string, text: string): Promise<void> {
  await Deno.writeTextFile(path, text);
}

async function copy(from: string | URL, to: string, mode = 0o644): Promise<void> {
  await Deno.copyFile(from, to);
  if (Deno.build.os !== "windows") await Deno.chmod(to, mode);
}

async function main(args: string[]): Promise<number> {
  const encoder = new TextEncoder();
  try {
    const options = { version: { type: "string" }, only: { type: "string" } } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const [binaries, out] = positionals;
    if (!binaries || !out || positionals.length > 2) {
      throw new Error("Usage: npm.ts BINARIES OUT [--version V] [--only BUILD,…]");
    }
    const repository = Deno.env.get("GITHUB_REPOSITORY");
    if (!repository) throw new Error("GITHUB_REPOSITORY is not set: the owner/name of the sources");
    const version = values.version ?? manifest.version;
    const only = values.only?.split(",");
    const folders = await layOut({ binaries, out, version, repository, ...only && { only } });
    // npm takes a bare `a/b` for a repository on GitHub
    const shown = folders.map((folder) => isAbsolute(folder) ? folder : `./${folder}`);
    await Deno.stdout.write(encoder.encode(shown.map((folder) => `${folder}\n`).join("")));
    return 0;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await Deno.stderr.write(encoder.encode(`npm: ${message}\n`));
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
