/**
 * What upstreams were seen to refuse of what the sidecar adds of its own, for as long as the process lives: it is refused
 * once, not in every answer that breaks off.
 *
 * @module
 */

/** What may be refused. */
export type Refused =
  /** An input that ends with the assistant's own message. */
  | "assistant last"
  /** The beginning of an answer, to be gone on with. */
  | "prefix";

/** Upstreams that are remembered; the one that was learned about first is forgotten first. */
const MOST = 256;

/** Keeps it, by the name of the upstream. */
export class Learned {
  readonly #upstreams = new Map<string, Set<Refused>>();

  /** Whether the upstream refused this before. */
  refuses(upstream: string, what: Refused): boolean {
    return this.#upstreams.get(upstream)?.has(what) ?? false;
  }

  /** It refused this. */
  record(upstream: string, what: Refused): void {
    const known = this.#upstreams.get(upstream) ?? new Set();
    known.add(what);
    this.#upstreams.set(upstream, known);
    if (this.#upstreams.size <= MOST) return;
    for (const oldest of this.#upstreams.keys()) {
      this.#upstreams.delete(oldest);
      return;
    }
  }
}
