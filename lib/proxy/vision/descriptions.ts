/**
 * Descriptions of images, each made once: by the digest of the image, in memory alone, the one used longest ago forgotten
 * first. A failure is kept for a while, so that not every turn waits for it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.ts";

/** Most descriptions that are kept. */
const MOST = 256;
/** Longest description that is kept, in characters. */
export const MAX_DESCRIPTION = 8_000;
/** How long a failure is kept, in milliseconds. */
const FAILURE_MS = 5 * 60_000;

/** What is known of one image. */
export type Description = { readonly text: string } | { readonly failure: string };

/** The descriptions of a process, all by the same model. */
export class Descriptions {
  readonly #clock: Clock;
  readonly #known = new Map<string, { readonly what: Description; readonly until: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What is known of an image; `undefined` for a new one. @param key its {@link digest} */
  of(key: string): Description | undefined {
    const found = this.#known.get(key);
    if (!found) return undefined;
    this.#known.delete(key);
    if (found.until <= this.#clock.now()) return undefined;
    this.#known.set(key, found);
    return found.what;
  }

  set(key: string, what: Description): void {
    const until = "failure" in what ? this.#clock.now() + FAILURE_MS : Infinity;
    const kept = "text" in what ? { text: what.text.slice(0, MAX_DESCRIPTION) } : what;
    this.#known.set(key, { what: kept, until });
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST && oldest !== undefined) this.#known.delete(oldest);
  }
}

/** What tells one image from another. @param url its address, with its bytes where it has them */
export function digest(url: string): string {
  return createHash("sha256").update(url).digest("base64");
}
