/**
 * Sets values at the top of a TOML text, and adds a table, in the place and in the style of what is there.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { Edit } from "../integration.ts";
import { holds, leafAt, type TomlDoc } from "./toml_doc.ts";
import {
  addTable,
  addTop,
  setValue,
  splice,
  type TomlEntry,
  type TomlSplice,
} from "./toml_edit.ts";

/** A change inside one text. */
type TomlEdit = Pick<Edit, "key" | "before" | "after" | "source">;

/** Adds a table. @throws {Failure} `bad_config` where the tables stand in braces */
export function withTable(
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

/** Sets values outside every table, each where it stands or at the top. @throws {Failure} `bad_config` for a table in its place */
export function setTop(
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
