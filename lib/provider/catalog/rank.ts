/**
 * The order in which models are offered: the newest capable one first.
 *
 * What a provider lists decides which models there are; its row decides their order as far as it knows them. A model that the
 * row does not know comes first where its name says that it is a newer one of the same family.
 *
 * @module
 */

import type { Profile, RowModel } from "../profile.ts";
import { bareId, type ListedModel, type ModelFacts, modelFacts } from "./facts.ts";
import { placeOf } from "./place.ts";
import { retiredModel } from "./retired.ts";

/** Words of a name for more of the model, and for less; the first that fits counts. */
const TIERS: readonly (readonly [RegExp, number])[] = [
  [/ultraspeed|highspeed|preview|beta|\bexp\b|\bfree\b/i, -2],
  [/lite|mini\b|nano|small|tiny|air\b/i, -3],
  [/flash|turbo|fast/i, -1],
  [/\b(?:pro|max|ultra|large)\b/i, 2],
  [/plus|code/i, 1],
];

/**
 * The models of a provider's own list, the best choice first.
 *
 * @param baseUrl where the list is from; it decides which models are retired there
 * @param known the row's models for that place, best first
 */
export function ranked(
  profile: Profile,
  baseUrl: string,
  listed: readonly ListedModel[],
  known: readonly RowModel[] = profile.catalog?.models ?? [],
): ModelFacts[] {
  const order = new Map(known.map(({ id }, at) => [id.toLowerCase(), at]));
  const newest = newestOf(known);
  const rank = (model: ListedModel): number[] => {
    const { id, created = 0 } = model;
    const version = versionOf(id);
    const place = order.get(id.toLowerCase()) ?? order.get(bareId(id));
    const family = newest && familyOf(id) === newest.family ? 1 : 0;
    const newer = family === 1 && newest && compare(version, newest.version) > 0;
    const group = retiredModel(profile, baseUrl, id) ? 0 : newer ? 3 : place !== undefined ? 2 : 1;
    return [
      group,
      group === 2 ? -(place ?? 0) : 0,
      family,
      ...(family === 1 ? [version[0] ?? 0, version[1] ?? 0, tierOf(id)] : [0, 0, 0]),
      created,
    ];
  };
  return listed.map((model) => ({ model, rank: rank(model) }))
    .sort((a, b) => compare(b.rank, a.rank))
    .map(({ model }) => modelFacts(profile, model.id, model));
}

/** Dates in names, which are no versions. */
const DATES = /-?\d{4}-\d{2}(?:-\d{2})?|\d{6,8}|-\d{4}\b/g;

/** The models at an address, best first: what the provider lists, else what the row knows. */
export function offeredModels(
  profile: Profile,
  baseUrl: string,
  listed: readonly ListedModel[] | undefined,
): ModelFacts[] {
  const { models } = placeOf(profile, baseUrl);
  return listed && listed.length > 0
    ? ranked(profile, baseUrl, listed, models)
    : models.map(({ id }) => modelFacts(profile, id));
}

/** The newest version that the row knows of the family of its first model. */
function newestOf(known: readonly RowModel[]) {
  const [first] = known;
  if (!first) return undefined;
  const family = familyOf(first.id);
  const versions = known.filter(({ id }) => familyOf(id) === family)
    // a name without a version has it in its title
    .map(({ id, title }) => versionOf(id).length > 0 ? versionOf(id) : versionOf(title));
  return { family, version: versions.sort(compare).at(-1) ?? [] };
}

/** The letters that a name begins with: `qwen` of `qwen3.8-max`. */
function familyOf(id: string): string {
  return /^[a-z]+/.exec(bareId(id))?.[0] ?? "";
}

/** The numbers of the first version in a name: 2 and 6 of `acme-v2.6-pro`, 2 and 1 of `acme-2-1-pro-260628`. */
function versionOf(name: string): number[] {
  const undated = bareId(name).replace(DATES, "");
  const text = /(?<!\d)\d{1,3}(?:[.-]\d{1,2}(?![\da-z]))?(?!\d)/i.exec(undated)?.[0] ?? "";
  return text === "" ? [] : text.split(/[.-]/).map(Number);
}

function tierOf(id: string): number {
  return TIERS.find(([word]) => word.test(id))?.[1] ?? 0;
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const apart = (a[at] ?? 0) - (b[at] ?? 0);
    if (apart !== 0) return apart;
  }
  return 0;
}
