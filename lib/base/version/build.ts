/**
 * Which build this is: the version of `deno.json`, and the stamp that the compile task puts into a binary.
 *
 * A checkout has no stamp: its `commit` and `repository` are `null`.
 *
 * @module
 */

/** The version of a program and where its sources are. */
export interface Build {
  /** `0.1.0` */
  readonly version: string;
  /** The commit's short hash, followed by `-dirty` where the work tree had changes. */
  readonly commit: string | null;
  /** `owner/name` on GitHub, which has the releases of this build. */
  readonly repository: string | null;
}

/** The global that a compiled bundle sets before anything else runs. */
export const STAMP = "__sidecar_build__";

/** Reads the stamp that a compiled binary sets. @param version the version of `deno.json` */
export function readBuild(version: string, from: object = globalThis): Build {
  const stamp = (from as { [STAMP]?: Partial<Build> })[STAMP];
  return {
    version,
    commit: stamp?.commit ?? null,
    repository: stamp?.repository ?? null,
  };
}

/** `0.1.0 (4e37627)`, as `--version` prints it. */
export function showBuild({ version, commit }: Build): string {
  return commit === null ? version : `${version} (${commit})`;
}
