/**
 * Call ids in the alphabet of the Messages API: letters, digits, `_` and `-`. Other providers write others
 * (`functions.shell:0`), and a conversation may have begun with one of them.
 *
 * The same id becomes the same id in every request, as long as no two of a conversation become equal.
 *
 * @module
 */

import { LazyMap, LazySet } from "../../base/lazy_map.ts";
import { originalCallId } from "../answer/call_ids.ts";

const FOREIGN = /[^a-zA-Z0-9_-]/g;

/** Gives each call of one request its id upstream. */
export class SentCallIds {
  readonly #used = new LazySet<string>();
  readonly #next = new LazyMap<string, number>();

  /** The id for one more call: the provider's own where nothing speaks against it. */
  next(id: string): string {
    const base = originalCallId(id).replace(FOREIGN, "_") || "call";
    let free = base;
    let n = this.#next.get(base) ?? 2;
    while (this.#used.has(free)) free = `${base}_${n++}`;
    this.#next.set(base, n);
    this.#used.add(free);
    return free;
  }
}
