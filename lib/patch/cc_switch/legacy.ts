/**
 * `config.json`, the file that holds all settings of cc-switch before 3.8.
 *
 * A provider is read and written by the byte range of its value; all other bytes of the file stay.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject } from "../../base/json.ts";
import type { SwitchRecord } from "./record.ts";
import type { SwitchChange, SwitchStore } from "./snapshot.ts";
import type { Disk } from "../disk/disk.ts";
import { applyFiles, backUpFiles } from "../file_changes.ts";
import { jsonAt, type JsonDoc, readJson, setJsonSource, sourceAt } from "../text/json_edit.ts";
import { readTextFile, type TextFile } from "../text_file.ts";

const PROVIDERS = ["codex", "providers"];

/** The names of the parts of a provider in this file. */
const NAMES: Readonly<Record<string, string>> = { settings_config: "settingsConfig", meta: "meta" };

/** The store in `file`. `write` fails where the file is not as {@link SwitchStore.read} read it. @param name the path for messages */
export function legacyStore(disk: Disk, file: string, name: string): SwitchStore {
  let known: TextFile | undefined;
  return {
    file,
    name,
    keyOf: (id, part) => [...PROVIDERS, id, NAMES[part] ?? part],
    read: async () => {
      known = await readTextFile(disk, file);
      const doc = readJson(known?.text ?? "{}", file);
      const current = jsonAt(doc, ["codex", "current"]);
      return {
        records: recordsIn(doc),
        ...(typeof current === "string" ? { current } : {}),
        timeouts: {},
        proxied: false,
      };
    },
    write: (changes) => applyFiles(disk, changed(changes)),
    backup: (dir) => backUpFiles(disk, dir, "cc-switch", changed([])),
  };

  function changed(changes: readonly SwitchChange[]) {
    if (!known) throw new Failure("internal", `${file} was to be written before it was read`);
    let doc = readJson(known.text, file);
    for (const { id, column, before, after } of changes) {
      const path = [...PROVIDERS, id, NAMES[column] ?? column];
      if (sourceAt(doc, path) === before) doc = setJsonSource(doc, path, String(after));
    }
    return [{ path: file, before: known.bytes, after: new TextEncoder().encode(doc.text) }];
  }
}

function recordsIn(doc: JsonDoc): SwitchRecord[] {
  const providers = jsonAt(doc, PROVIDERS);
  if (!isObject(providers)) return [];
  return Object.entries(providers).flatMap(([id, provider]) => {
    if (!isObject(provider)) return [];
    const { name, category } = provider;
    return [{
      id,
      name: typeof name === "string" ? name : id,
      category: typeof category === "string" ? category : undefined,
      settings: sourceAt(doc, [...PROVIDERS, id, "settingsConfig"]),
      meta: sourceAt(doc, [...PROVIDERS, id, "meta"]),
    }];
  });
}
