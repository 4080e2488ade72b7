/**
 * Which model `init --provider` writes: the one that `--model` names, the one that the user chooses, else the first.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { didYouMean } from "../../config/suggest.ts";
import type { ModelOffer } from "../../patch/codex/model_offer.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import { retiredModel, retiredSentence } from "../../provider/catalog/retired.ts";
import { chosenProfile } from "../../provider/choose.ts";
import type { Machine } from "../shared/this_machine.ts";
import { askOffered } from "./models.ts";
import type { PatchOptions } from "./patching.ts";

/** Most models that a question shows; `--model` takes any. */
const SHOWN = 40;

/**
 * What `--provider` offers, with the model to write.
 *
 * @returns `undefined` where the user chose none
 * @throws {Failure} `bad_usage` for a model that the provider's own list does not have
 */
export async function offerFor(
  { provider = "", baseUrl, keyVariable, model, yes, dryRun }: PatchOptions,
  machine: Machine,
): Promise<ModelOffer | undefined> {
  const { terminal: { out }, questions } = machine;
  const profile = chosenProfile(provider);
  const url = baseUrl ?? profile.catalog?.baseUrl ?? "";
  const { models, live, note } = await askOffered(profile, url, machine, keyVariable ?? undefined);
  out(`${cleanLine(note)}.\n`);
  const codex = await machine.codexVersion();
  const ids = models.map(({ id }) => id);
  if (model !== undefined) {
    if (ids.includes(model)) return { models, chosen: model, codex };
    const retired = retiredModel(profile, url, model);
    if (live || retired) {
      const gone = retired ? `. ${retiredSentence(profile, model, retired)}` : "";
      throw new Failure("bad_usage", `${profile.title} does not list the model ${model}${gone}`, {
        hint: `It offers ${ids.slice(0, SHOWN).join(", ")}${didYouMean(model, ids)}`,
      });
    }
    // Nobody can say that it is not there
    return { models: [modelFacts(profile, model), ...models], chosen: model, codex };
  }
  if (!live || !questions || yes || dryRun || ids.length < 2) return { models, codex };
  const chosen = await questions.choose("Which model shall Codex use?", ids.slice(0, SHOWN));
  return chosen === undefined ? undefined : { models, chosen, codex };
}
