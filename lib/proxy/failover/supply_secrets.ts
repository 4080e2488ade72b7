/**
 * The secrets of those who may answer an exchange, so that none of them is shown.
 *
 * Its rule: a key is read when its upstream is first needed. One that was not needed has been sent to nobody, and nobody can
 * echo it.
 *
 * @module
 */

import type { Candidate } from "./candidate.ts";
import type { Supply } from "./supply.ts";

/** The secrets of one supply. */
export class SupplySecrets {
  readonly #supply: Pick<Supply, "candidates" | "needed">;
  #needed: readonly string[] = [];
  /** How many candidates these are of. */
  #of = 0;

  constructor(supply: Pick<Supply, "candidates" | "needed">) {
    this.#supply = supply;
  }

  /** Of those who were needed so far: the same list, until there is another one. */
  get needed(): readonly string[] {
    const { needed } = this.#supply;
    if (needed.length > this.#of) {
      this.#of = needed.length;
      this.#needed = secretsOf(needed);
    }
    return this.#needed;
  }

  /** Adds the secrets of all. Whoever was not needed is found for it when they are read, which a recording does. */
  addedTo<T extends object>(facts: T): T & { readonly secrets: readonly string[] } {
    const supply = this.#supply;
    return {
      ...facts,
      get secrets() {
        return secretsOf(supply.candidates);
      },
    };
  }
}

function secretsOf(candidates: readonly Candidate[]): readonly string[] {
  return candidates.flatMap(({ keyed }) => keyed.flatMap(({ route: { secrets } }) => secrets));
}
