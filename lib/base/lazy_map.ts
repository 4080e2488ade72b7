/**
 * A map and a set that take no memory until something is put into them.
 *
 * An empty `Map` has room for four entries, 180 bytes. A stream has dozens of maps and sets for what rarely happens in it, and
 * most of them stay empty for as long as it waits.
 *
 * @module
 */

/** A map, made when its first entry comes. */
export class LazyMap<K, V> {
  #map: Map<K, V> | undefined;

  /** How many entries it has. */
  get size(): number {
    return this.#map?.size ?? 0;
  }

  /** As `Map.get`. */
  get(key: K): V | undefined {
    return this.#map?.get(key);
  }

  /** As `Map.has`. */
  has(key: K): boolean {
    return this.#map?.has(key) ?? false;
  }

  /** As `Map.set`. */
  set(key: K, value: V): void {
    (this.#map ??= new Map()).set(key, value);
  }

  /** As `Map.delete`. */
  delete(key: K): boolean {
    return this.#map?.delete(key) ?? false;
  }

  /** As `Map.keys`. */
  keys(): Iterable<K> {
    return this.#map?.keys() ?? [];
  }

  /** As `Map.clear`. */
  clear(): void {
    this.#map = undefined;
  }

  /** The values in the order in which their keys were first set. */
  values(): Iterable<V> {
    return this.#map?.values() ?? [];
  }

  /** The entries in the order in which their keys were first set. */
  [Symbol.iterator](): Iterator<[K, V]> {
    return (this.#map ?? [])[Symbol.iterator]() as Iterator<[K, V]>;
  }
}

/** A set, made when its first value comes. */
export class LazySet<T> {
  #set: Set<T> | undefined;

  /** How many values it has. */
  get size(): number {
    return this.#set?.size ?? 0;
  }

  /** As `Set.has`. */
  has(value: T): boolean {
    return this.#set?.has(value) ?? false;
  }

  /** As `Set.add`. */
  add(value: T): void {
    (this.#set ??= new Set()).add(value);
  }

  /** As `Set.delete`. */
  delete(value: T): boolean {
    return this.#set?.delete(value) ?? false;
  }

  /** As `Set.clear`. */
  clear(): void {
    this.#set = undefined;
  }

  /** The values in the order in which they were added. */
  [Symbol.iterator](): Iterator<T> {
    return (this.#set ?? [])[Symbol.iterator]();
  }
}
