/**
 * The ids under which the items of one attempt go out: their own, or fresh ones where the client knows those already.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { MOST_ITEMS, tooManyItems } from "../../translate/answer_limits.ts";
import { ID_PREFIX } from "../../wire/responses.ts";

/** The ids of one exchange. */
export class FreshIds {
  /** Of the present attempt. */
  #ids = new LazyMap<string, string>();
  readonly #used = new Set<string>();

  constructor(readonly random: Random) {}

  /** A new attempt starts: its ids are its own. */
  begin(): void {
    this.#ids = new LazyMap();
  }

  /** The client knows this id. */
  use(id: string): void {
    this.#used.add(id);
  }

  /** The id for an item, the same whenever it is asked for. @throws Failure `too_large` for items without end */
  of(id: string, type: unknown): string {
    let fresh = this.#ids.get(id);
    if (fresh === undefined) {
      const prefix = typeof type === "string" ? ID_PREFIX[type] ?? "item_" : "item_";
      fresh = this.#used.has(id) ? prefix + this.random.id() : id;
      if (this.#ids.size >= MOST_ITEMS) throw tooManyItems();
      this.#ids.set(id, fresh);
    }
    return fresh;
  }
}
