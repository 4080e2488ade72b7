/**
 * Names under which tools go upstream: at most 64 of `[a-zA-Z0-9_-]` (docs/facts/providers.md §10).
 *
 * A name is a pure function of what the tool is called, so that a call in the history gets the same name in
 * every request. Only a collision, which {@link ToolTable} settles, makes it depend on its neighbours.
 *
 * @module
 */

import { createHash } from "node:crypto";

const MAX = 64;
const HASH = 8;

/**
 * The name of a tool upstream. A namespace is joined by two underscores; a name that is not allowed (other
 * characters, too long, empty) is spelled with underscores, cut, and gets a hash of the original.
 */
export function wireName(name: string, namespace?: string): string {
  const full = namespace === undefined ? name : joined(namespace, name);
  return /^[a-zA-Z0-9_-]{1,64}$/.test(full) ? full : hashedName(name, namespace, "");
}

/** A name that differs from {@link wireName}'s and, by `salt`, from any other: for tools whose names collide. */
export function hashedName(name: string, namespace: string | undefined, salt: string): string {
  const full = namespace === undefined ? name : joined(namespace, name);
  const spelled = full.replace(/[^a-zA-Z0-9_-]/gu, "_").slice(0, MAX - HASH - 1);
  const identity = JSON.stringify([namespace ?? null, name, salt]);
  return `${spelled}_${createHash("sha256").update(identity).digest("hex").slice(0, HASH)}`;
}

/** Joins namespace and name: `mcp__files__` and `mcp__files` both give `mcp__files__read`. */
function joined(namespace: string, name: string): string {
  return `${namespace.replace(/_{1,2}$/, "")}__${name}`;
}

/** The name in lower case, with every separator that a model may use (`.`, `::`, `/`, `__`) as one underscore. */
export function looseName(name: string): string {
  return name.replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_|_$/g, "").toLowerCase();
}
