/**
 * Remembers what each upstream refused of what the sidecar adds to a request, for as long as the process lives, so that
 * it is refused once and not in every answer that breaks off.
 *
 * @module
 */

import { AdaptedUpstreams } from "./adapted_upstreams.ts";
import { Seals } from "../../wires/seals.ts";

/** An addition that an upstream may refuse. */
export type Refused =
  /** An input that ends with the assistant's own message. */
  | "assistant last"
  /** The beginning of an answer that is to be continued. */
  | "prefix"
  /** To say why an answer ended: its end mark is all there is. */
  | "finish reason"
  /** Requests to `/responses`, which it does not have. */
  | "responses wire";

/** The most upstreams that are remembered; the oldest is forgotten first. */
const MOST = 256;

/** The refusals of a process, by the name of the upstream. */
export class Learned {
  /** What of the client's own request they refuse. */
  readonly adaptations = new AdaptedUpstreams();
  /** Whose sealed reasoning is whose. */
  readonly seals = new Seals();
  readonly #upstreams = new Map<string, Set<Refused>>();

  /** Whether the upstream refused this before. */
  refuses(upstream: string, what: Refused): boolean {
    return this.#upstreams.get(upstream)?.has(what) ?? false;
  }

  /** Records that the upstream refused this. */
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
