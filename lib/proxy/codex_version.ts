/**
 * What differs between the versions of Codex that ask: which of two true endings a version reads as it is meant.
 *
 * Each row is what was measured with that version, and holds from it on until the next one (docs/facts/codex.md §8). A
 * version newer than the last row is taken for that row's. One that is older than the first row, or cannot be read, gets
 * the first row's, whose endings every tried version understands.
 *
 * @module
 */

import { compareVersions, parseVersion, type Version } from "../base/version/semver.ts";

/** How one version of Codex reads the endings of an answer. */
export interface CodexTraits {
  /** Whether it knows an overflow by a 400; older ones show the body as it is and never compact. */
  readonly readsOverflowStatus: boolean;
  /** Whether `response.incomplete` ends its turn; older ones ask again, each time at full price. */
  readonly endsAtIncomplete: boolean;
}

/** The rows, oldest first: from which version on, and what it does. */
export const CODEX_VERSIONS: readonly (readonly [since: string, traits: CodexTraits])[] = [
  ["0.98.0", { readsOverflowStatus: false, endsAtIncomplete: false }],
  ["0.166.0", { readsOverflowStatus: false, endsAtIncomplete: true }],
  ["0.169.0", { readsOverflowStatus: true, endsAtIncomplete: true }],
];

const [[, OLDEST]] = CODEX_VERSIONS as [(typeof CODEX_VERSIONS)[number]];
/** The traits of the newest version that was tried. */
export const NEWEST: CodexTraits = CODEX_VERSIONS.at(-1)?.[1] ?? OLDEST;

/** `codex_exec/0.169.0 (Debian 12.0.0; x86_64) …`; a client may set the name, which may hold spaces. */
const USER_AGENT = /^[^/]{1,64}\/(\d[\w.+-]{0,63})(?:\s|$)/;

/** The version of Codex in its user agent; `undefined` where none can be read. */
export function codexVersion(headers: Headers): Version | undefined {
  const [, version] = USER_AGENT.exec(headers.get("user-agent") ?? "") ?? [];
  return version === undefined ? undefined : parseVersion(version);
}

/** How the Codex that sent these headers reads the endings of an answer. */
export function codexTraits(headers: Headers): CodexTraits {
  const version = codexVersion(headers);
  const row = version && CODEX_VERSIONS.findLast(([since]) => isSince(version, since));
  return row?.[1] ?? OLDEST;
}

/** Whether a version is `since` or later. A pre-release counts as its release: it was built from the same sources. */
export function isSince(version: Version, since: string): boolean {
  const first = parseVersion(since);
  return first !== undefined && compareVersions({ ...version, pre: [] }, first) >= 0;
}
