/**
 * Reproducible randomness: the same seed gives the same numbers and ids.
 *
 * @module
 */

import type { Random } from "./clock.ts";

/** Starts a sequence (mulberry32). For texts and tests that must come out the same twice; never for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
  const word = () => Math.floor(random() * 2 ** 32).toString(16).padStart(8, "0");
  return { random, id: () => word() + word() + word() + word() };
}
