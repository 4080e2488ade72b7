/**
 * How one key of an upstream is: whether it is asked, and who waits for it.
 *
 * @module
 */

/** The health of a key. */
export interface KeyHealth {
  /** `upstream`, `upstream key 2` of a pool, `upstream 1a2b3c4d` of a client's own, by a few digits of a hash. */
  readonly name: string;
  /** `open`: it could not answer, and others are asked while there are any. `half-open`: one request tries it. */
  readonly state: "closed" | "open" | "half-open";
  /** Milliseconds until it is tried again; absent where it is not open. */
  readonly opens?: number;
  /** Requests that are with it. */
  readonly busy: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
}
