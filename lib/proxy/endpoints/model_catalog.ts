/**
 * `GET models?client_version=…`: what an upstream offers, in the form in which Codex reads its catalog.
 *
 * The upstream's own list wins over any row; where none can be had, the last good one counts, then the rows. `/v1` with
 * several upstreams lists the models of all of them; the router sends each model's requests to its upstream.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { catalogEntry } from "../../provider/catalog/entry.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import { offeredModels } from "../../provider/catalog/rank.ts";
import { mergedModels } from "../../provider/catalog/together.ts";
import type { Address } from "../inbound/address.ts";
import { type Aim, aim } from "../route/aim.ts";
import { injectionFor } from "../injection/injection.ts";
import { KEY_HEADERS } from "../route/headers.ts";
import type { EndpointDeps } from "./endpoint.ts";
import { injectedOffers } from "./injected_catalog.ts";
import { MAX_ENTRIES, type Offer } from "./offer.ts";

/** Answers the question; passed through where the upstream is the one that answers it for Codex anyway. */
export async function modelCatalog(
  { url, headers }: Request,
  address: Address,
  deps: EndpointDeps,
): Promise<Response | undefined> {
  const codex = new URL(url).searchParams.get("client_version") ?? undefined;
  const { rows } = injectionFor(address, headers, deps.injected);
  if (rows.length > 0) return answer(await injectedOffers(rows, headers, deps), codex);
  const names = deps.router.names(address);
  if (names.length > 1) {
    const offers = await Promise.all(
      names.map((name, at) => offerOf(name, at === 0, headers, deps)),
    );
    return answer(offers.filter((offer) => offer !== undefined), codex);
  }
  const where = aim(address, headers, deps);
  if (where.target.profile.takesLogin) return undefined;
  const configured = names.length === 1 ? deps.router.configured(where.target.name) : [];
  return answer([await offerAt(where, configured, deps)], codex);
}

/** Asks every upstream for its list where none is fresh, so that the router knows which one has a model. */
export async function learnLists(headers: Headers, deps: EndpointDeps): Promise<void> {
  const names = deps.router.names({ kind: "default", rest: "", query: "" });
  await Promise.all(names.map((name, at) => offerOf(name, at === 0, headers, deps)));
}

/** The answer, or the first upstream's failure where there is nothing to list: Codex refuses an empty list. */
function answer(offers: readonly Offer[], codex: string | undefined): Response {
  const entries = mergedModels(offers);
  if (entries.length === 0) {
    throw offers.find(({ failure }) => failure)?.failure ??
      new Failure("no_route", "No upstream lists a model");
  }
  const models = entries.map(({ model, slug }, at) =>
    catalogEntry(model, { codex, slug, priority: at + 1 })
  );
  return Response.json({ models }, { headers: { "cache-control": "no-store" } });
}

/** What a configured upstream offers; `undefined` where it cannot be used at all. */
async function offerOf(
  name: string,
  first: boolean,
  headers: Headers,
  deps: EndpointDeps,
): Promise<Offer | undefined> {
  try {
    const where = aim({ kind: "named", name, rest: "models", query: "" }, headers, deps);
    // The client's key belongs to the first upstream at most: the others do not get to see it for a list
    if (where.target.key === undefined && !first) {
      for (const header of KEY_HEADERS) where.headers.delete(header);
    }
    return await offerAt(where, deps.router.configured(name), deps);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    deps.observer.notice("warning", error.fullMessage, { code: error.code, upstream: name });
    return undefined;
  }
}

async function offerAt(
  { target, headers }: Aim,
  configured: readonly string[],
  { lists, observer }: EndpointDeps,
): Promise<Offer> {
  const { name, profile, base } = target;
  const listed = await lists.of(target, headers);
  const failure = listed instanceof Failure ? listed : undefined;
  if (failure) observer.notice("info", failure.fullMessage, { code: failure.code, upstream: name });
  const known = listed instanceof Failure ? undefined : listed;
  const models = configured.length > 0
    ? configured.map((id) => modelFacts(profile, id, known?.find((model) => model.id === id)))
    : offeredModels(profile, base, known);
  return { name, models: models.slice(0, MAX_ENTRIES), failure };
}
