/**
 * The steps of the release workflow that are more than a line of shell.
 *
 * ```
 * release.ts check TAG          refuses a tag that does not fit deno.json and CHANGELOG.md
 * release.ts version            prints the version of deno.json
 * release.ts notes              prints the notes of that version
 * release.ts sbom               prints the bill of materials of the binary
 * release.ts notices            prints the licences of what is in the binary, which Deno must have in its cache
 * release.ts fill FILE          prints an install script with the repository's name in it
 * release.ts managers FOLDER    writes what Homebrew, Scoop and winget are told, by the SHA256SUMS there; prints the names
 * ```
 * `GITHUB_REPOSITORY`, `GITHUB_SHA` and `COMMIT_TIME` come from the workflow.
 *
 * @module
 */

import { managerFiles } from "./managers.ts";
import { obstacles, releaseNotes } from "./notes.ts";
import { notices, readBundled } from "./notices.ts";
import { bundled, type DenoJson, sbom } from "./sbom.ts";

/** What stands in the install scripts where the repository's name goes. */
const PLACEHOLDER = `"OWNER/codex-sidecar"`;

/**
 * Writes the repository's name into an install script.
 *
 * @throws {Error} Where there is not exactly one place for it, or it is no name.
 */
export function fill(script: string, repository: string): string {
  if (!/^[\w.-]+\/[\w.-]+$/.test(repository)) throw new Error(`${repository} is no owner/name`);
  const parts = script.split(PLACEHOLDER);
  if (parts.length !== 2) throw new Error(`There are ${parts.length - 1} places for the name`);
  return parts.join(`"${repository}"`);
}

function step([name, argument = ""]: readonly string[]): string {
  const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
  const env = (key: string) => {
    const value = Deno.env.get(key);
    if (!value) throw new Error(`${key} is not set`);
    return value;
  };
  const deno: DenoJson = JSON.parse(read("deno.json"));
  switch (name) {
    case "check": {
      const found = obstacles(argument, deno.version, read("CHANGELOG.md"));
      if (found.length > 0) throw new Error(found.join("; "));
      return `${deno.version}\n`;
    }
    case "version":
      return `${deno.version}\n`;
    case "notes":
      return releaseNotes(read("CHANGELOG.md"), deno.version);
    case "sbom": {
      const bill = sbom(deno, JSON.parse(read("deno.lock")), {
        repository: env("GITHUB_REPOSITORY"),
        commit: env("GITHUB_SHA"),
        deno: Deno.version.deno,
        timestamp: env("COMMIT_TIME"),
      });
      return `${JSON.stringify(bill, undefined, 2)}\n`;
    }
    case "notices": {
      const cache = `${npmCache()}/registry.npmjs.org`;
      const packages = bundled(deno, JSON.parse(read("deno.lock")));
      return notices(
        packages.map(({ name, version }) => readBundled(`${cache}/${name}/${version}`)),
        Deno.version.deno,
      );
    }
    case "fill":
      return fill(Deno.readTextFileSync(argument), env("GITHUB_REPOSITORY"));
    case "managers": {
      const files = managerFiles({
        version: deno.version,
        repository: env("GITHUB_REPOSITORY"),
        sums: Deno.readTextFileSync(`${argument}/SHA256SUMS`),
      });
      for (const [name, text] of files) Deno.writeTextFileSync(`${argument}/${name}`, text);
      return [...files.keys()].map((name) => `${name}\n`).join("");
    }
    default:
      throw new Error(`There is no step ${name}`);
  }
}

/** Where Deno keeps npm packages. */
function npmCache(): string {
  const { stdout } = new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).outputSync();
  return JSON.parse(new TextDecoder().decode(stdout)).npmCache;
}

if (import.meta.main) {
  const encoder = new TextEncoder();
  try {
    await Deno.stdout.write(encoder.encode(step(Deno.args)));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    await Deno.stderr.write(encoder.encode(`release: ${message}\n`));
    Deno.exit(1);
  }
}
