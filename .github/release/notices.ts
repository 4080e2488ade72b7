/**
 * The licences of what is in the binary: a bundle leaves them out, and most of them ask to travel along.
 *
 * @module
 */

/** A package in the binary. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  /** As its `package.json` says: `MIT`. */
  readonly license: string;
  /** The text of its licence file; absent where it brings none. */
  readonly text?: string;
}

/** One text for all: the packages in the order of their names, then the runtime. @param deno its version */
export function notices(packages: readonly Bundled[], deno: string): string {
  const parts = packages.toSorted((a, b) => a.name < b.name ? -1 : 1).map((one) => {
    const { name, version, license, text } = one;
    const body = text?.replaceAll("\r\n", "\n").trim() ??
      `No licence file comes with it; its package.json says ${license}.`;
    return `${name} ${version} (${license})\n\n${body}\n`;
  });
  return [
    "The sidecar's own licence stands in LICENSE. Its binary contains these packages of others:\n",
    ...parts,
    `Deno ${deno} (MIT)\n\nThe runtime, and what it contains: https://github.com/denoland/deno/blob/v${deno}/LICENSE.md\n`,
  ].join(`\n${"-".repeat(80)}\n\n`);
}

/**
 * Reads a package where Deno keeps it.
 *
 * @param folder of that name and version in Deno's cache of npm packages
 * @throws {Error} where the package is not there, or names no licence
 */
export function readBundled(folder: string): Bundled {
  const { name, version, license } = JSON.parse(Deno.readTextFileSync(`${folder}/package.json`));
  if (typeof license !== "string") throw new Error(`${name} ${version} names no licence`);
  const files = [...Deno.readDirSync(folder)].map((entry) => entry.name);
  const file = files.sort().find((one) => /^(licen[cs]e|copying)(\.\w+)?$/i.test(one));
  const text = file === undefined ? undefined : Deno.readTextFileSync(`${folder}/${file}`);
  return { name, version, license, ...(text === undefined ? {} : { text }) };
}
