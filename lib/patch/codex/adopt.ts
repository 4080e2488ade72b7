/**
 * A switcher copies a provider's table from its own settings into config.toml, with what `init` put there: so what is
 * remembered of the copy it came from holds for it too.
 *
 * @module
 */

import type { TomlEdit } from "./toml.ts";
import type { Edit } from "../integration.ts";
import { leafAt, type TomlDoc } from "../text/toml_doc.ts";

/**
 * Edits made elsewhere that fit this text: those of every table whose relay URL stands here, under the same name.
 *
 * @param edits of all places; where `key` holds `model_providers`, what follows is the way inside a config.toml
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
