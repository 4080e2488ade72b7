/**
 * A map that forgets: the entry that was not used for the longest time goes first.
 *
 * @module
 */

/** Values by key, bounded in number and in size. */
export class BoundedMap<V> {
  readonly #entries = new Map<string, { readonly value: V; readonly size: number }>();
  #size = 0;

  /** @param maxSize the most that the sizes of all entries may come to. @default no bound */
  constructor(readonly maxEntries: number, readonly maxSize: number = Infinity) {}

  /** The value, which counts as used now. */
  get(key: string): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** Keeps a value. One that is larger than all may be is not kept. */
  set(key: string, value: V, size = 1): void {
    this.#delete(key);
    if (size > this.maxSize) return;
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.maxEntries && this.#size <= this.maxSize) break;
      this.#delete(oldest);
    }
  }

  #delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#size -= entry.size;
    this.#entries.delete(key);
  }
}
