/**
 * What a source of settings yields, in the order in which the user wrote it.
 *
 * File, environment and flags all yield this one form. Only `load.ts` decides what follows from it.
 *
 * @module
 */

import { didYouMean, suggest } from "./suggest.ts";

/** A value for a setting, not yet checked. */
export interface FoundValue {
  readonly is: "value";
  /** The upstream it belongs to; absent for a global setting. */
  readonly upstream?: string;
  /** The user it belongs to; absent for any other setting. */
  readonly user?: string;
  /** Key path in `settings`; in `upstreamSettings` or `userSettings` where it belongs to an upstream or a user. */
  readonly key: string;
  /** As YAML would bring it. */
  readonly raw: unknown;
  /** Where and under which name the user wrote it: `config.yaml:3:9: listen.port`, `SIDECAR_LISTEN_PORT`, `--port`. */
  readonly label: string;
}

/** An upstream or a user that a source names, with or without settings. */
interface FoundName {
  readonly is: "upstream" | "user";
  readonly name: string;
  readonly label: string;
}

/** A mistake in a source, as the sentence that the user reads. */
export interface Problem {
  readonly is: "problem";
  readonly text: string;
}

/** Something that a source holds, that has no effect and refuses nothing, as the sentence that the user reads. */
interface Remark {
  readonly is: "remark";
  readonly text: string;
}

/** Anything that a source yields. */
export type Finding = FoundValue | FoundName | Problem | Remark;

/** What an upstream or a user may be called: it becomes part of a URL, of variables' names, of labels. */
export const UPSTREAM_NAME = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;

/** The name as the environment spells it: `my-gateway` is `MY_GATEWAY`. */
export function upstreamInEnv(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]/g, "_");
}

/** Values that have been read, and where each was written. Both maps are keyed by key path. */
export interface Gathered {
  readonly values: Map<string, unknown>;
  /** Also holds the keys whose value was refused. */
  readonly labels: Map<string, string>;
}

/** What was gathered of one upstream or user, and where it was first named. */
export interface GatheredName extends Gathered {
  readonly label: string;
}

/** Makes a {@link Problem} of its sentence. */
export function problem(text: string): Problem {
  return { is: "problem", text };
}

/**
 * The advice after an unknown key: a neighbour with nearly the same name, else the same name elsewhere.
 *
 * @param path where the key stands, with a trailing dot, or empty
 * @param known all key paths that exist from the root of this table
 */
export function adviseKey(path: string, key: string, known: readonly string[]): string {
  const [section, inside] = key.split(".");
  if (inside && known.includes(path + key)) return `. Write it as ${section}: { ${inside}: … }`;
  const neighbours = known
    .filter((one) => one.startsWith(path))
    .map((one) => one.slice(path.length).split(".")[0] ?? "");
  const near = didYouMean(key, neighbours);
  if (near) return near;
  const last = new Map(known.map((one) => [one.slice(one.lastIndexOf(".") + 1), one]));
  const neighbour = last.get(suggest(key, last.keys()) ?? "");
  return neighbour ? `. Did you mean ${neighbour}?` : "";
}
