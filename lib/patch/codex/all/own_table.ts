/**
 * The provider that `init --all` gives a Codex that has none: added, and found again without any memory by its local token. Pure.
 *
 * @module
 */

import { isLocalToken } from "../../../base/secrets/local_token.ts";
import { setTop, withTable } from "../../text/toml_set.ts";
import { type Leaf, leafAt, readToml, sameKey, type TomlDoc } from "../../text/toml_doc.ts";
import { removeLeaf, removeTable, splice, type TomlEntry } from "../../text/toml_edit.ts";
import { TIMEOUT_KEYS, type TomlEdit } from "../toml.ts";

/** Its id. */
export const OWN_ID = "sidecar";
const TABLE = ["model_providers", OWN_ID];

/** What it needs. */
export interface OwnTable {
  /** The relay URL of a row. */
  readonly relay: string;
  readonly localToken: string;
  readonly model: string;
  /** Whether Codex asks an address for the list of models. */
  readonly asks: boolean;
}

/** Adds it, and makes it the provider in use. @throws {Failure} `bad_config` where the text cannot take a table */
export function addOwnTable(
  text: string,
  { relay, localToken, model, asks }: OwnTable,
  file: string,
): { text: string; edits: readonly TomlEdit[] } {
  const top = setTop(readToml(text, file), [["model_provider", OWN_ID], ["model", model]], file);
  const entries: TomlEntry[] = [
    ["name", "Sidecar"],
    ["base_url", relay],
    ...TIMEOUT_KEYS,
    ["experimental_bearer_token", localToken],
    ["wire_api", "responses"],
    ...asks ? [["model_catalog_url", `${relay}/models`] as const] : [],
  ];
  return {
    text: withTable(top.doc, TABLE, entries, file).text,
    edits: [...top.edits, { key: TABLE, after: Object.fromEntries(entries) }],
  };
}

/** The text without it: Codex had no provider then. The edits are what was removed. */
export function withoutOwnTable(doc: TomlDoc, file: string): { doc: TomlDoc; edits: TomlEdit[] } {
  const token = leafAt(doc, [...TABLE, "experimental_bearer_token"])?.value;
  const table = doc.tables.find(({ key }) => sameKey(key, TABLE));
  if (typeof token !== "string" || !isLocalToken(token) || !table) return { doc, edits: [] };
  const leaves = leafAt(doc, ["model_provider"])?.value === OWN_ID
    ? [leafAt(doc, ["model_provider"]), leafAt(doc, ["model"])].filter((leaf) => leaf !== undefined)
    : [];
  const removed = (leaf: Leaf) => ({ key: leaf.key, before: String(leaf.value) });
  return {
    doc: splice(
      doc,
      [...leaves.map((leaf) => removeLeaf(doc, leaf)), removeTable(doc, table)],
      file,
    ),
    edits: [...leaves.map(removed), { key: TABLE, before: OWN_ID }],
  };
}
