/**
 * What refusals made of the request of one exchange: a body that was changed once, and adaptations that hold from now on.
 *
 * @module
 */

import { LazySet } from "../../base/lazy_map.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Adaptation } from "../../translate/refused/adaptations.ts";
import { addresseeOf } from "../route/learned/adapted_upstreams.ts";
import type { Learned } from "../route/learned/learned.ts";
import { learnedFrom } from "../route/learned/learned_from.ts";
import type { Route } from "../route/route.ts";
import type { BodyFixUp } from "../wires/adapter.ts";

/** The fixes of one exchange. */
export class Fixes {
  #body: JsonObject | undefined;
  readonly #already = new LazySet<string>();
  #adaptations: Adaptation[] = [];

  constructor(readonly learned: Learned) {}

  /** The body to send instead of the encoded one, on the route's wire; `undefined` where nothing was fixed up. */
  get body(): JsonObject | undefined {
    return this.#body;
  }

  /** Takes a fix-up. @returns what is different, as the end of a log line */
  take({ what, body, adaptation }: BodyFixUp, sent: JsonObject, original: JsonObject): string {
    if (!adaptation) {
      this.#already.add(what);
      this.#body = body;
      return `without ${what}`;
    }
    this.#adaptations.push(adaptation);
    // It is encoded anew: what was changed in the body alone may be refused once more.
    this.renew();
    if (adaptation.scope === "conversation") this.learned.seals.refused(sent, original);
    return adaptation.how;
  }

  /** What a request to an upstream is adapted by: as others were, and as its own refusals asked for. */
  adaptations(upstream: string, original: JsonObject): ReadonlySet<string> {
    const known = this.learned.adaptations.of(addresseeOf(upstream, original));
    return new Set([...known, ...this.#adaptations.map(({ what }) => what)]);
  }

  /** The same, and what was fixed in the body alone. */
  already(upstream: string, original: JsonObject): ReadonlySet<string> {
    return new Set([...this.#already, ...this.adaptations(upstream, original)]);
  }

  /** There is an answer to a request as it is now. @returns what was learned from that, in sentences, each once */
  taken(original: JsonObject, onChat: boolean, route: Route): string[] {
    const addressee = addresseeOf(route.target.name, original);
    const [learned, adaptations] = [this.learned, this.#adaptations];
    return learnedFrom({ learned, addressee, adaptations, onChat }, route);
  }

  /** Another request begins: what was fixed up in the last one may be refused again in this one. */
  renew(): void {
    this.#body = undefined;
    this.#already.clear();
  }

  /** Another upstream is asked: what the last one refused counts no more. */
  forget(): void {
    this.#adaptations = [];
    this.renew();
  }
}
