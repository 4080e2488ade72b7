/**
 * What requests to an upstream have to do without, learned from its refusals: one is refused, the later ones go out
 * adapted at first.
 *
 * Its rule: an adaptation is remembered when a request that had it was answered, so that a wrong guess is not kept.
 *
 * @module
 */

import { filled, type JsonObject } from "../../../base/json.ts";
import type { Adaptation } from "../../../translate/refused/adaptations.ts";

/** Upstreams, and models of upstreams, that are remembered; the one learned about first is forgotten first. */
const MOST_KEYS = 256;
/** Adaptations of one of them; a server that refuses more refuses everything. */
const MOST_ADAPTATIONS = 32;
const MAX_MODEL = 128;

/** Where a request goes. */
export interface Addressee {
  /** The upstream's name. */
  readonly upstream: string;
  readonly model: string;
}

/** Where a request goes on an upstream. */
export function addresseeOf(upstream: string, { model }: JsonObject): Addressee {
  return { upstream, model: filled(model) ?? "" };
}

/** Keeps them. */
export class AdaptedUpstreams {
  readonly #known = new Map<string, Set<string>>();

  /** What requests there are adapted by, in the order in which it was learned; what tools need comes first. */
  of(addressee: Addressee): string[] {
    const { upstream, model } = keysOf(addressee);
    return [...this.#known.get(upstream) ?? [], ...this.#known.get(model) ?? []];
  }

  /** The adaptations worked. @returns those that were not known before */
  record(addressee: Addressee, adaptations: readonly Adaptation[]): Adaptation[] {
    const keys = keysOf(addressee);
    return adaptations.filter(({ what, scope, replaces }) =>
      scope !== "conversation" && this.#add(keys[scope], what, replaces)
    );
  }

  #add(key: string, what: string, replaces: string | undefined): boolean {
    const known = this.#known.get(key) ?? new Set();
    const before = replaces === undefined ? [] : [...known];
    for (const each of before) {
      if (each !== what && each.startsWith(replaces ?? "")) known.delete(each);
    }
    if (known.has(what) || known.size >= MOST_ADAPTATIONS) return false;
    known.add(what);
    this.#known.set(key, known);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_KEYS && oldest !== undefined) this.#known.delete(oldest);
    return true;
  }
}

function keysOf({ upstream, model }: Addressee): { upstream: string; model: string } {
  return { upstream, model: `${upstream}\n${model.slice(0, MAX_MODEL)}` };
}
