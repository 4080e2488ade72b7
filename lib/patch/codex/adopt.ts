/**
 * Edits of one integration that also apply to config.toml: a switcher copies a provider's table, with the changes of
 * `init`, from its own settings into that file.
 *
 * @module
 */

import type { TomlEdit } from "./toml.ts";
import type { Edit } from "../integration.ts";
import { leafAt, type TomlDoc } from "../text/toml_doc.ts";

/**
 * The edits of the first table whose relay URL stands in this text under the same name.
 *
 * @param edits of all integrations; from `model_providers` on, a `key` is a path inside a config.toml
 */
export function adoptedEdits(doc: TomlDoc, edits: readonly Edit[]): TomlEdit[] {
  const tables = new Map<string, TomlEdit[]>();
  for (const { place, file, key, before, after, source } of edits) {
    const at = key.indexOf("model_providers");
    if (at < 0 || key.length !== at + 3) continue;
    const inside = key.slice(at);
    const id = JSON.stringify([place, file, key.slice(0, at + 2)]);
    const edit = {
      key: inside,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(source === undefined ? {} : { source }),
    };
    tables.set(id, [...tables.get(id) ?? [], edit]);
  }
  const fits = (table: readonly TomlEdit[]) =>
    table.some(({ key, after }) => key[2] === "base_url" && leafAt(doc, key)?.value === after);
  return [...tables.values()].find(fits) ?? [];
}
