/**
 * Versions as semver.org orders them: `1.0.0-rc.2` before `1.0.0-rc.10` before `1.0.0`.
 *
 * Build metadata behind `+` takes no part in the order.
 *
 * @module
 */

/** A parsed version. */
export interface Version {
  /** Major, minor and patch, then nothing or the parts of a pre-release. */
  readonly core: readonly [number, number, number];
  readonly pre: readonly (number | string)[];
}

const FORM =
  /^v?(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?$/;

/** Reads `1.2.3`, `v1.2.3` or `1.2.3-rc.1`; `undefined` when it is no version. */
export function parseVersion(text: string): Version | undefined {
  const [match, major, minor, patch, pre] = FORM.exec(text) ?? [];
  if (match === undefined || match.length > 256) return undefined;
  return {
    core: [Number(major), Number(minor), Number(patch)],
    pre: pre?.split(".").map((part) => /^\d+$/.test(part) ? Number(part) : part) ?? [],
  };
}

/** Orders two versions: negative where `a` is older, positive where `b` is older, 0 where neither is. */
export function compareVersions(a: Version, b: Version): number {
  for (const [at, number] of a.core.entries()) {
    const apart = number - (b.core[at] ?? 0);
    if (apart !== 0) return apart;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  for (const [at, part] of a.pre.entries()) {
    const other = b.pre[at];
    if (other === undefined) return 1;
    if (part === other) continue;
    // Numbers come before words
    if (typeof part !== typeof other) return typeof part === "number" ? -1 : 1;
    return part < other ? -1 : 1;
  }
  return a.pre.length - b.pre.length;
}
