/**
 * The models of several upstreams in one list.
 *
 * @module
 */

import type { Profile } from "../profile.ts";
import { type ListedModel, type ModelFacts, modelFacts } from "./facts.ts";
import { offeredModels } from "./rank.ts";
import { retiredModel } from "./retired.ts";

/**
 * What one of them offers: its own list, and behind it what its settings name besides. Without a list only those count; where
 * they are all retired or there are none, its row.
 */
export function offeredBeside(
  profile: Profile,
  baseUrl: string,
  listed: readonly ListedModel[] | undefined,
  named: readonly string[],
): ModelFacts[] {
  const offered = listed || named.length === 0 ? offeredModels(profile, baseUrl, listed) : [];
  const more = named.filter((id) =>
    !offered.some((model) => model.id === id) && !retiredModel(profile, baseUrl, id)
  );
  const all = [...offered, ...more.map((id) => modelFacts(profile, id))];
  return all.length > 0 ? all : offeredModels(profile, baseUrl, undefined);
}

/** All in their order, with the name that requests ask for: one that an earlier upstream has too is `upstream/model`. */
export function mergedModels(
  offers: readonly { readonly name: string; readonly models: readonly ModelFacts[] }[],
): { slug: string; model: ModelFacts }[] {
  const taken = new Set<string>();
  return offers.flatMap(({ name, models }) =>
    models.map((model) => {
      const again = taken.has(model.id);
      taken.add(model.id);
      return again
        ? { slug: `${name}/${model.id}`, model: { ...model, title: `${model.title} (${name})` } }
        : { slug: model.id, model };
    })
  );
}
