/**
 * Models that settings name and that their provider does not have (any more).
 *
 * @module
 */

import { parseJson } from "../base/json.ts";
import type { ListedModel } from "../provider/catalog/facts.ts";
import { readModelList } from "../provider/catalog/listed.ts";
import { offeredModels } from "../provider/catalog/rank.ts";
import { retiredModel, retiredSentence } from "../provider/catalog/retired.ts";
import { profileFor } from "../provider/profiles.ts";
import { type CheckResult, fail, warn } from "./check.ts";
import type { Destination } from "./destinations.ts";

/** Most models that a line names. */
const NAMED = 8;

/** What is wrong with the models that settings name for a provider; `undefined` where nothing is known to be. */
export function wrongModel(
  { baseUrl, models }: Pick<Destination, "baseUrl" | "models">,
  listed: readonly ListedModel[] | undefined,
): CheckResult | undefined {
  const url = URL.parse(baseUrl);
  if (!url) return undefined;
  const profile = profileFor(url);
  for (const { model, from } of models) {
    const there = listed?.some(({ id }) => id === model);
    const retired = there ? undefined : retiredModel(profile, baseUrl, model);
    if (retired) {
      return fail(
        `${from} names ${model}: ${retiredSentence(profile, model, retired)}`,
        `Set ${retired.successor} there; for Codex, sidecar init offers to change it`,
      );
    }
    if (listed && listed.length > 0 && !there) {
      const offered = offeredModels(profile, baseUrl, listed).map(({ id }) => id);
      return warn(
        `${from} names ${model}, which is not in the provider's list`,
        `It lists ${offered.slice(0, NAMED).join(", ")}${offered.length > NAMED ? ", …" : ""}`,
      );
    }
  }
  return undefined;
}

/** The list in an answer; `undefined` where it holds none, or was cut. */
export function listIn(text: string): readonly ListedModel[] | undefined {
  return readModelList(parseJson(text));
}
