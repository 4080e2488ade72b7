/**
 * About how many tokens of a user's request the provider has sent no count of: all of them where it sends none, or the client left
 * before it came.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import { contentIn, tokensSent } from "./token_estimate.ts";

/** Adds up what no count has covered yet. */
export class Uncounted {
  readonly #asked: JsonObject;
  #came = 0;
  #counted = false;

  constructor(asked: JsonObject) {
    this.#asked = asked;
  }

  /** A request goes upstream; a count before it covers what came before. */
  attempt(): void {
    if (this.#counted) this.#came = 0;
    this.#counted = false;
  }

  /** Content has come. */
  content({ thought, said }: ReturnType<typeof contentIn>): void {
    this.#came += thought + said;
  }

  /** The provider's count of the attempt has come. */
  counted(): void {
    this.#counted = true;
  }

  /** @param left whether the client left while the provider was at work */
  tokens(left: boolean): number {
    if (this.#counted || (this.#came === 0 && !left)) return 0;
    return Math.ceil(tokensSent(JSON.stringify(this.#asked)) + this.#came);
  }
}
