/**
 * Which build this is: the version of `deno.json`, and what the compile task stamped on a binary.
 *
 * A checkout carries no stamp, and says so by `null`.
 *
 * @module
 */

/** A build. */
export interface Build {
  /** `0.1.0` */
  readonly version: string;
  /** The commit's short hash, with `-dirty` behind it where the tree had changes. */
  readonly commit: string | null;
  /** `owner/name` on GitHub: where the releases of this build stand. */
  readonly repository: string | null;
}

/** The global that a compiled bundle sets before anything else runs. */
export const STAMP = "__sidecar_build__";

/** Reads the stamp, if there is one. */
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
