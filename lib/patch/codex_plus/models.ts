/**
 * The models that Codex++'s profiles name, each with the address at which they are asked for. Pure.
 *
 * A profile names them in its config.toml, in `modelList`, in `testModel` and, for other profiles, in `modelRoutes`
 * (docs/facts/switchers.md §5.2).
 *
 * @module
 */

import type { Fronts } from "../../base/front_proxies.ts";
import { Failure } from "../../base/errors.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { attempt } from "../cc_switch/record.ts";
import { jsonAt, readJson } from "../text/json_edit.ts";
import { leafAt, readToml } from "../text/toml_doc.ts";
import { patchCodexPlus } from "./settings.ts";

/** A profile with an upstream of its own. */
export interface PlusModels {
  /** Its name in sentences: `profile "Relay"`. */
  readonly what: string;
  /** The upstream's own URL. */
  readonly baseUrl: string;
  /** Each once. */
  readonly models: readonly string[];
}

/** Most models of one profile that are read. */
const MAX_MODELS = 200;

/** Reads the profiles; those without an upstream name no model of anybody's. @throws {Failure} `bad_config` where it is no JSON */
export function plusModels(
  text: string,
  port: number,
  file: string,
  fronts?: Fronts,
): PlusModels[] {
  const list = jsonAt(readJson(text, file), ["relayProfiles"]);
  const profiles = (Array.isArray(list) ? list : []).filter(isObject);
  const routed = profiles.flatMap(({ modelRoutes }) => routesIn(modelRoutes));
  // It names the profiles in the same order, each with the URL that stands behind the sidecar
  const found = patchCodexPlus(text, port, file, fronts).profiles;
  return profiles.flatMap((profile, at): PlusModels[] => {
    const { what, url } = found[at] ?? {};
    if (what === undefined || url === undefined) return [];
    const models = [
      modelIn(profile),
      ...listIn(profile.modelList),
      filled(profile.testModel)?.trim(),
      ...routed.flatMap(({ to, model }) => to === profile.id ? [model] : []),
    ].filter((model) => model !== undefined && model !== "");
    return [{ what, baseUrl: url, models: [...new Set(models)].slice(0, MAX_MODELS) as string[] }];
  });
}

/** The model of its config.toml; one that is no TOML names none. */
function modelIn({ configContents }: JsonObject): string | undefined {
  const text = typeof configContents === "string" ? configContents : "";
  const doc = attempt(() => readToml(text, "A profile"));
  return doc instanceof Failure ? undefined : filled(leafAt(doc, ["model"])?.value as Json);
}

/** Names between line breaks or commas; an older version writes the window behind one: `model[1M]`. */
function listIn(list: Json | undefined): string[] {
  if (typeof list !== "string") return [];
  return list.split(/[\r\n,]/, MAX_MODELS)
    .map((name) => name.trim().replace(/\s*\[\s*\d[\d.]*\s*[km]?\s*\]$/i, ""));
}

function routesIn(routes: Json | undefined): { to: Json | undefined; model: string }[] {
  return (Array.isArray(routes) ? routes : []).filter(isObject).flatMap((route) => {
    const model = filled(route.targetModel)?.trim();
    return model === undefined ? [] : [{ to: route.targetRelayId, model }];
  });
}
