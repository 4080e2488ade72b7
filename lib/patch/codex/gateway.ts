/**
 * Leads Codex to a team's gateway, a sidecar on a server: the change of `init --gateway`. Pure: text in, text out.
 *
 * Its rule: the table has an id of the sidecar's own, so that `undo` knows it without a record; the token stays in the
 * developer's environment.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { GatewayChoice } from "../integration.ts";
import { leafAt, readToml, sameKey } from "../text/toml_doc.ts";
import { removeTable, splice, type TomlEntry } from "../text/toml_edit.ts";
import { setTop, withTable } from "../text/toml_set.ts";
import { asksForList } from "./model_offer.ts";
import { GATEWAY_ID, TIMEOUT_KEYS, type TomlEdit } from "./toml.ts";

/** The gateway, and the Codex that is led there. */
interface GatewayFacts extends GatewayChoice {
  /** The version of Codex on this machine. @default not known */
  readonly codex?: string | undefined;
}

/**
 * Makes the gateway the provider in use. A second time nothing changes, or the table is replaced.
 *
 * @throws {Failure} `bad_config` where the text is no TOML or cannot take another table, or the table holds more than `init` wrote
 */
export function addGateway(
  text: string,
  { url, tokenVariable, model, codex }: GatewayFacts,
  file: string,
): { text: string; edits: TomlEdit[] } {
  const table = ["model_providers", GATEWAY_ID];
  const first = setTop(readToml(text, file), [
    ["model_provider", GATEWAY_ID],
    ...model === undefined ? [] : [["model", model] as const],
  ], file);
  const entries: TomlEntry[] = [
    ["name", `Gateway ${new URL(url).host}`],
    ["base_url", url],
    ...TIMEOUT_KEYS,
    ["env_key", tokenVariable],
    ["wire_api", "responses"],
    ...asksForList({ codex }) ? [["model_catalog_url", `${url}/models`] as const] : [],
    // The gateway answers it (docs/facts/search.md §1)
    ["supports_standalone_web_search", true],
  ];
  const own = first.doc.leaves.filter(({ key }) =>
    key.length > 2 && sameKey(key.slice(0, 2), table)
  );
  if (entries.every(([name, value]) => leafAt(first.doc, [...table, name])?.value === value)) {
    return { text: first.doc.text, edits: first.edits };
  }
  const there = first.doc.tables.find(({ key }) => sameKey(key, table));
  const names = new Set([...entries.map(([name]) => name), "model_catalog_url"]);
  if (
    own.some(({ key }) => key.length > 3 || !names.has(key[2] ?? "")) || (own.length > 0 && !there)
  ) {
    throw new Failure("bad_config", `${file} holds a table [${table.join(".")}] with more in it`, {
      hint: "Remove what is not the sidecar's, or the table, and run the command again",
    });
  }
  const bare = there ? splice(first.doc, [removeTable(first.doc, there)], file) : first.doc;
  return {
    text: withTable(bare, table, entries, file).text,
    edits: [...first.edits, { key: table, after: Object.fromEntries(entries) }],
  };
}
