/**
 * A provider for a Codex that has none: what `init --provider` writes into its config.toml.
 *
 * A table of that name that is there already is used as it is. Pure: text in, text out.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import type { Profile } from "../provider/profile.ts";
import { patchCodexToml, PATIENCE, type TomlEdit, type TomlPatch } from "./codex_toml.ts";
import { toRelay } from "./relay_url.ts";
import { leafAt, readToml, type TomlDoc } from "./toml_doc.ts";
import { addTable, addTop, type Entry, setValue, type Splice, splice } from "./toml_edit.ts";

/** What is to be written. */
export interface ProviderChoice {
  /** A profile with a catalog. */
  readonly profile: Profile;
  /** In place of the catalog's own: a plan's host. */
  readonly baseUrl?: string | undefined;
  /** Where the list of models lies. */
  readonly catalogFile: string;
  readonly port: number;
}

/**
 * Makes `profile` the provider in use, through the relay.
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
    // Nobody but OpenAI answers Codex's own search tool.
    ["web_search", "disabled"],
  ], file);
  const table = ["model_providers", profile.name];
  const there = first.doc.leaves.some(({ key }) => table.every((part, at) => key[at] === part));
  if (there) {
    const next = patchCodexToml(first.doc.text, port, file);
    return { ...next, edits: [...first.edits, ...next.edits] };
  }
  if (first.doc.leaves.some(({ key, inline }) => key[0] === "model_providers" && inline)) {
    throw new Failure(
      "bad_config",
      `${file} holds model_providers as { … }, which takes no table`,
      {
        hint: "Write it as [model_providers.name] and run the command again",
      },
    );
  }
  const url = choice.baseUrl ?? profile.catalog.baseUrl;
  const relay = toRelay(url, port);
  if (relay === undefined) {
    throw new Failure("bad_usage", `--base-url takes an http or https URL, not ${url}`);
  }
  const entries: Entry[] = [
    ["name", profile.title],
    ["base_url", relay],
    ...PATIENCE,
    ["env_key", profile.catalog.keyEnv],
    ["wire_api", "responses"],
  ];
  const doc = splice(first.doc, [addTable(first.doc, table, entries)], file);
  return {
    text: doc.text,
    edits: [...first.edits, { key: table, after: Object.fromEntries(entries) }],
    provider: { id: profile.name, url },
  };
}

function setTop(
  doc: TomlDoc,
  entries: readonly Entry[],
  file: string,
): { doc: TomlDoc; edits: TomlEdit[] } {
  const splices: Splice[] = [];
  const edits: TomlEdit[] = [];
  const added: Entry[] = [];
  for (const [name, value] of entries) {
    const leaf = leafAt(doc, [name]);
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
