/**
 * The models that `init --provider` found, and how Codex is told of them: by the address of a list, or by a file.
 *
 * @module
 */

import { compareVersions, parseVersion } from "../../base/version/semver.ts";
import { catalogEntries, catalogJson } from "../../provider/catalog/entry.ts";
import { type ModelFacts, modelFacts } from "../../provider/catalog/facts.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import { retiredModel, retiredSentence } from "../../provider/catalog/retired.ts";
import type { Profile } from "../../provider/profile.ts";
import { profileFor } from "../../provider/profiles.ts";
import { leafAt, readToml } from "../text/toml_doc.ts";

/** What was found before anything is planned. */
export interface ModelOffer {
  /** Best first; at least one. */
  readonly models: readonly ModelFacts[];
  /** The one that the user chose. @default the one that the settings hold, where it is offered, else the first */
  readonly chosen?: string | undefined;
  /** The version of the Codex on this machine: `0.169.0`. @default not known */
  readonly codex?: string | undefined;
}

/**
 * The first version that asks the address in `model_catalog_url` with a provider's key; 0.160 knows the setting and does not
 * ask (measured; docs/facts/codex.md §2.4).
 */
const ASKS_FOR_LIST = parseVersion("0.164.0");

/** Most models of a file. */
const MAX_MODELS = 200;

/** Whether that Codex asks for its list of models itself. */
export function asksForList({ codex = "" }: Pick<ModelOffer, "codex">): boolean {
  const version = parseVersion(codex);
  return version !== undefined && ASKS_FOR_LIST !== undefined &&
    compareVersions(version, ASKS_FOR_LIST) >= 0;
}

/** What the row knows, where nothing was found. */
export function rowOffer(profile: Profile, baseUrl: string): ModelOffer {
  const { models } = placeOf(profile, baseUrl);
  return { models: models.map(({ id }) => modelFacts(profile, id)) };
}

/** The model that a config.toml names, where the provider at `url` retired it. */
export function retiredIn(
  { path, name, text }: { readonly path: string; readonly name: string; readonly text: string },
  url: string,
) {
  const model = leafAt(readToml(text, path), ["model"])?.value;
  const at = URL.parse(url);
  if (typeof model !== "string" || !at) return undefined;
  const profile = profileFor(at);
  const retired = retiredModel(profile, url, model);
  return retired && {
    sentence: `${name}: ${retiredSentence(profile, model, retired)}`,
    successor: retired.successor,
  };
}

/** The content of a file for `model_catalog_json`. Any Codex on this machine may read it, so it has the oldest form. */
export function offerFile({ models }: ModelOffer): string {
  return catalogJson(catalogEntries(models.slice(0, MAX_MODELS), {}));
}
