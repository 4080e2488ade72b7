/**
 * Call ids, which Codex needs to be unique in a conversation and some providers restart with every answer
 * (`functions.shell:0`, docs/facts/providers.md §3).
 *
 * An id that is taken gets a suffix in the answer to Codex; the next request loses it again, so that no table is kept.
 *
 * @module
 */

import { LazyMap } from "../../base/lazy_map.ts";

const SUFFIX = /~s\d+$/;

/** Call ids in use; hands out an unused form of each new one. */
export class CallIds {
  readonly #taken: Set<string>;
  /** The next number to try for an id that came before. */
  readonly #next = new LazyMap<string, number>();

  /** @param taken the call ids of the history */
  constructor(taken: ReadonlySet<string>) {
    this.#taken = new Set(taken);
  }

  /** The provider's id, or the next free form of it. */
  unique(id: string): string {
    let free = id;
    let n = this.#next.get(id) ?? 2;
    while (this.#taken.has(free)) free = `${id}~s${n++}`;
    if (free !== id) this.#next.set(id, n);
    this.#taken.add(free);
    return free;
  }
}

/** The id as the provider wrote it. */
export function originalCallId(id: string): string {
  return id.replace(SUFFIX, "");
}
