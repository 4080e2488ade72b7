/**
 * What the npm packages of a release say of themselves: one a platform with the binary, and `codex-sidecar`, which names
 * them all as optional and has only the launcher.
 *
 * Pure: a version and a repository in, texts out. No package has an install script, so `--ignore-scripts` changes nothing.
 *
 * @module
 */

/** The package that people install. */
export const NAME = "codex-sidecar";

/** A build of a release, in npm's words. */
export interface Platform {
  /** The folder of the build in a release: `sidecar-linux-x64`. */
  readonly build: string;
  /** `codex-sidecar-linux-x64`: npm's own words for system and processor, as Node says them. */
  readonly name: string;
  /** `process.platform` */
  readonly os: string;
  /** `process.arch` */
  readonly cpu: string;
  /** Path of the program in its package. */
  readonly program: string;
}

const SYSTEMS = { linux: "linux", macos: "darwin", windows: "win32" } as const;

/** All platforms of a release, in the order in which they are published. */
export const PLATFORMS: readonly Platform[] = Object.entries(SYSTEMS).flatMap(([system, os]) =>
  ["x64", "arm64"].map((cpu) => ({
    build: `sidecar-${system}-${cpu}`,
    name: `${NAME}-${os}-${cpu}`,
    os,
    cpu,
    program: os === "win32" ? "bin/sidecar.exe" : "bin/sidecar",
  }))
);

/** Which release the packages are of. */
export interface Release {
  /** `0.1.0` */
  readonly version: string;
  /** `owner/name` on GitHub: npm compares it with the provenance. */
  readonly repository: string;
}

/** What every package of a release has in common. */
function common({ version, repository }: Release) {
  return {
    version,
    license: "MIT",
    homepage: `https://github.com/${repository}#readme`,
    repository: { type: "git", url: `git+https://github.com/${repository}.git` },
    publishConfig: { access: "public" },
  };
}

/** `package.json` of a platform's package. npm takes it only where `os`, `cpu` and `libc` fit. */
export function platformManifest(platform: Platform, release: Release): object {
  const { name, os, cpu, program } = platform;
  return {
    name,
    description: `The program of ${NAME} for ${os} on ${cpu}`,
    ...common(release),
    os: [os],
    cpu: [cpu],
    ...os === "linux" ? { libc: ["glibc"] } : {},
    files: [program, "THIRD-PARTY.txt"],
    preferUnplugged: true,
  };
}

/** `package.json` of the package that people install. */
export function mainManifest(release: Release): object {
  const { version } = release;
  return {
    name: NAME,
    description:
      "A small proxy beside OpenAI Codex that keeps coding sessions alive on other providers' models",
    keywords: ["codex", "openai", "proxy", "sidecar", "cli"],
    ...common(release),
    // `npx codex-sidecar` looks for a program of the package's own name
    bin: { sidecar: "bin/sidecar.cjs", [NAME]: "bin/sidecar.cjs" },
    files: ["bin/sidecar.cjs"],
    engines: { node: ">=16" },
    optionalDependencies: Object.fromEntries(PLATFORMS.map(({ name }) => [name, version])),
  };
}

/** The page that npm shows of a platform's package. */
export function platformReadme({ name, os, cpu }: Platform): string {
  return `# ${name}\n\nThe program of [${NAME}](https://www.npmjs.com/package/${NAME}) for ${os} on ${cpu}.\n` +
    `Install \`${NAME}\`; it brings this package along where it fits.\n`;
}
