/**
 * The list of models for a client to which the keys of several upstreams are injected: the models of all.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { offeredBeside } from "../../provider/catalog/together.ts";
import type { InjectedUpstream } from "../injection/injection.ts";
import { listAim } from "../injection/by_model.ts";
import type { EndpointDeps } from "./endpoint.ts";
import { MAX_ENTRIES, type Offer } from "./offer.ts";

/** What each of them offers: its own list, and what its settings name beside it; the others are left out with a notice. */
export async function injectedOffers(
  upstreams: readonly InjectedUpstream[],
  headers: Headers,
  deps: EndpointDeps,
): Promise<Offer[]> {
  const offers = await Promise.all(upstreams.map((one) => offerOf(one, headers, deps)));
  return offers.filter((offer) => offer !== undefined);
}

async function offerOf(
  one: InjectedUpstream,
  from: Headers,
  deps: EndpointDeps,
): Promise<Offer | undefined> {
  const { lists, observer } = deps;
  const { name } = one;
  try {
    const { target: { profile, base, ...target }, headers } = listAim(one, from, deps);
    const listed = await lists.of({ ...target, profile, base }, headers);
    const failure = listed instanceof Failure ? listed : undefined;
    if (failure) {
      observer.notice("info", failure.fullMessage, { code: failure.code, upstream: name });
    }
    const known = listed instanceof Failure ? undefined : listed;
    const models = offeredBeside(profile, base, known, one.models);
    return { name, models: models.slice(0, MAX_ENTRIES), failure };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    observer.notice("warning", error.fullMessage, { code: error.code, upstream: name });
    return undefined;
  }
}
