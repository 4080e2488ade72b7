/**
 * Adds a provider to a config.toml that has none: the change of `init --provider`. Pure: text in, text out.
 *
 * An existing table of that name is used as it is.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { Profile } from "../../provider/profile.ts";
import {
  leftMessage,
  patchCodexToml,
  TIMEOUT_KEYS,
  type TomlEdit,
  type TomlPatch,
} from "./toml.ts";
import { toRelay } from "../relay_url.ts";
import { holds, leafAt, readToml, type TomlDoc } from "../text/toml_doc.ts";
import {
  addTable,
  addTop,
  setValue,
  splice,
  type TomlEntry,
  type TomlSplice,
} from "../text/toml_edit.ts";

/** The provider to add. */
interface ProviderChoice {
  /** A profile with a catalog. */
  readonly profile: Profile;
  /** Replaces the URL of the catalog, for a plan with a host of its own. */
  readonly baseUrl?: string | undefined;
  /** The path of the list of models. */
  readonly catalogFile: string;
  readonly port: number;
}

/**
 * Makes `profile` the provider in use and points it at the relay.
 *
 * @throws {Failure} `bad_config` where the text is no TOML or cannot take another table; `bad_usage` for a URL that no
 * relay can stand for.
 */
export function addProvider(text: string, choice: ProviderChoice, file: string): TomlPatch {
  const { profile, catalogFile, port } = choice;
  const model = profile.catalog?.models[0];
  if (!profile.catalog || !model) {
    throw new Failure("bad_usage", `The sidecar knows no models of ${profile.title}`, {
      hint: `Write its table into ${file} by hand, then run sidecar init without --provider`,
    });
  }
  const first = setTop(readToml(text, file), [
    ["model_provider", profile.name],
    ["model", model.id],
    ["model_context_window", model.window],
    ["model_catalog_json", catalogFile],
    // Only OpenAI answers Codex's own search tool.
    ["web_search", "disabled"],
  ], file);
  const table = ["model_providers", profile.name];
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
    const provider = typeof url === "string" ? { id: profile.name, url } : undefined;
    return { ...(provider && { provider }), ...next, edits: [...first.edits, ...next.edits] };
  }
  const url = choice.baseUrl ?? profile.catalog.baseUrl;
  const relay = toRelay(url, port);
  if (relay === undefined) {
    throw new Failure("bad_usage", `--base-url takes an http or https URL, not ${url}`);
  }
  const entries: TomlEntry[] = [
    ["name", profile.title],
    ["base_url", relay],
    ...TIMEOUT_KEYS,
    ...(profile.catalog.keyEnv === undefined ? [] : [["env_key", profile.catalog.keyEnv] as const]),
    ["wire_api", "responses"],
  ];
  const doc = withTable(first.doc, table, entries, file);
  return {
    text: doc.text,
    edits: [...first.edits, { key: table, after: Object.fromEntries(entries) }],
    provider: { id: profile.name, url },
  };
}

function withTable(
  doc: TomlDoc,
  table: readonly string[],
  entries: readonly TomlEntry[],
  file: string,
): TomlDoc {
  try {
    return splice(doc, [addTable(doc, table, entries)], file);
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== "bad_config") throw error;
    throw new Failure(
      "bad_config",
      `${file} holds model_providers as { … }, which takes no table`,
      { cause: error, hint: "Write it as [model_providers.name] and run the command again" },
    );
  }
}

function setTop(
  doc: TomlDoc,
  entries: readonly TomlEntry[],
  file: string,
): { doc: TomlDoc; edits: TomlEdit[] } {
  const splices: TomlSplice[] = [];
  const edits: TomlEdit[] = [];
  const added: TomlEntry[] = [];
  for (const [name, value] of entries) {
    const leaf = leafAt(doc, [name]);
    if (!leaf && holds(doc, [name])) {
      throw new Failure("bad_config", `${file} holds ${name} as a table, and Codex takes a value`, {
        hint: "Remove that table and run the command again",
      });
    }
    if (!leaf) {
      added.push([name, value]);
      edits.push({ key: [name], after: value });
    } else if (leaf.value !== value) {
      const before = leaf.value === undefined ? {} : { before: leaf.value };
      splices.push(setValue(doc, leaf, value));
      edits.push({ key: [name], ...before, after: value, source: doc.text.slice(...leaf.at) });
    }
  }
  if (added.length > 0) splices.push(addTop(doc, added));
  return { doc: splice(doc, splices, file), edits };
}
