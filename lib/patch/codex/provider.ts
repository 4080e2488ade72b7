/**
 * Adds a provider to a config.toml that has none: the change of `init --provider`. Pure: text in, text out.
 *
 * An existing table of that name is used as it is.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { NEUTRAL_WINDOW } from "../../provider/catalog/entry.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import type { Profile } from "../../provider/profile.ts";
import { asksForList, type ModelOffer } from "./model_offer.ts";
import type { ConfigFile } from "./files.ts";
import type { PlannedFile } from "./plan_home.ts";
import { setTop, withTable } from "../text/toml_set.ts";
import { BUILT_IN } from "./layers/layers.ts";
import { withList } from "./own_list.ts";
import { leftMessage, patchCodexToml, routeFor, TIMEOUT_KEYS, type TomlPatch } from "./toml.ts";
import { fromRelay, relayFault, toRelay } from "../relay_url.ts";
import { holds, leafAt, readToml, type TomlDoc } from "../text/toml_doc.ts";
import type { TomlEntry } from "../text/toml_edit.ts";

/** The provider to add. */
interface ProviderChoice {
  /** A profile with a catalog. */
  readonly profile: Profile;
  /** The provider's URL. */
  readonly baseUrl: string;
  /** The path of the list of models, for a Codex that does not ask for one. */
  readonly catalogFile: string;
  readonly port: number;
  readonly offer: ModelOffer;
  /** The variable that holds its key. @default the usual one of that URL */
  readonly keyVariable?: string | undefined;
}

/** The patch, and how Codex learns of the models: by an address, by the file, or by what its user set. */
interface AddedProvider extends TomlPatch {
  readonly catalog: "url" | "file" | "own";
}

/**
 * Makes `profile` the provider in use and points it at the relay.
 *
 * @throws {Failure} `bad_config` where the text is no TOML or cannot take another table; `bad_usage` for a URL that no
 * relay can stand for.
 */
export function addProvider(text: string, choice: ProviderChoice, file: string): AddedProvider {
  const { profile, baseUrl: url, catalogFile, port, offer } = choice;
  const id = tableOf(profile);
  const table = ["model_providers", id];
  const doc = readToml(text, file);
  const catalog = catalogKind(doc, table, choice);
  const relay = toRelay(url, port);
  if (relay === undefined) {
    throw new Failure("bad_usage", `--base-url takes an http or https URL, not ${url}`, {
      hint: `It ${relayFault(url)}`,
    });
  }
  const model = modelFor(doc, id, offer) ?? noModels(profile);
  const window = model.window ?? (holds(doc, ["model_context_window"]) ? NEUTRAL_WINDOW : null);
  const first = setTop(doc, [
    ["model_provider", id],
    ["model", model.id],
    ...window === null ? [] : [["model_context_window", window] as const],
    ...catalog === "file" ? [["model_catalog_json", catalogFile] as const] : [],
  ], file);
  if (holds(first.doc, table)) {
    const { left, ...next } = patchCodexToml(first.doc.text, port, file);
    const url = leafAt(first.doc, [...table, "base_url"])?.value;
    // A URL of the sidecar's own, or of a front proxy, leads to the sidecar already.
    const leads = left?.is === "own" || left?.is === "front_proxy";
    if (left && (!leads || typeof url !== "string")) {
      throw new Failure("bad_config", leftMessage(left, file).replace(": left alone", ""), {
        hint: `Correct the table [${table.join(".")}] or remove it, and run the command again`,
      });
    }
    const provider = typeof url === "string" ? { id, url } : undefined;
    const last = catalog === "url" ? withList(next.text, table, file) : undefined;
    return {
      ...(provider && { provider }),
      ...next,
      ...(last && { text: last.text }),
      catalog,
      edits: [...first.edits, ...next.edits, ...last?.edits ?? []],
    };
  }
  const keyEnv = choice.keyVariable ?? placeOf(profile, url).keyEnv;
  const entries: TomlEntry[] = [
    ["name", profile.title],
    ["base_url", relay],
    ...TIMEOUT_KEYS,
    ...(keyEnv === undefined ? [] : [["env_key", keyEnv] as const]),
    ["wire_api", "responses"],
    ...catalog === "url" ? [["model_catalog_url", `${relay}/models`] as const] : [],
    // The sidecar answers it (docs/facts/search.md §1); without such a catalog entry it changes nothing
    ["supports_standalone_web_search", true],
  ];
  return {
    text: withTable(first.doc, table, entries, file).text,
    catalog,
    edits: [...first.edits, { key: table, after: Object.fromEntries(entries) }],
    provider: { id, url },
  };
}

/** The id of the provider's table: its name, or another where Codex keeps that name for itself. */
export function tableOf({ name }: Profile): string {
  return BUILT_IN.includes(name) ? `local-${name}` : name;
}

/** A catalog that the user set is never replaced, and one of the sidecar's own stays what it is. */
function catalogKind(
  doc: TomlDoc,
  table: readonly string[],
  { catalogFile, offer, port }: ProviderChoice,
): AddedProvider["catalog"] {
  const file = leafAt(doc, ["model_catalog_json"])?.value;
  const url = leafAt(doc, [...table, "model_catalog_url"])?.value;
  const base = leafAt(doc, [...table, "base_url"])?.value;
  const route = typeof base === "string" ? routeFor(base, "", port) : undefined;
  // A front proxy knows no such address
  const front = route && "is" in route && route.is === "front_proxy";
  const own = (typeof url === "string" && fromRelay(url) === undefined) ||
    (file !== undefined && file !== catalogFile);
  if (own) return "own";
  return asksForList(offer) && file === undefined && !front ? "url" : "file";
}

/** The model that was chosen; else the one that the settings hold for this provider, where it is offered; else the first. */
function modelFor(doc: TomlDoc, id: string, { models, chosen }: ModelOffer) {
  const held = leafAt(doc, ["model_provider"])?.value === id
    ? leafAt(doc, ["model"])?.value
    : undefined;
  const wanted = chosen ?? held;
  return models.find((model) => model.id === wanted) ?? models[0];
}

function noModels({ title }: Profile): never {
  throw new Failure("bad_usage", `No model of ${title} is known`, {
    hint: "Start it, or set its key, so that it can be asked for its models; or name one: --model",
  });
}

/** The planned files with another model in config.toml. */
export function withModel(
  file: ConfigFile,
  files: readonly PlannedFile[],
  model: string,
): PlannedFile[] {
  const planned = files.find((one) => one.file.path === file.path) ??
    { file, text: file.text, edits: [] };
  const { doc, edits } = setTop(readToml(planned.text, file.path), [["model", model]], file.path);
  const changed = { ...planned, text: doc.text, edits: [...planned.edits, ...edits] };
  return [...files.filter((one) => one.file.path !== file.path), changed];
}
