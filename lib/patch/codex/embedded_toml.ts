/**
 * A config.toml of Codex inside the JSON of another program, as one string.
 *
 * @module
 */

import type { Fronts } from "../../base/front_proxies.ts";
import type { TableMemory } from "./table_memory.ts";
import { patchCodexToml, type TomlEdit, type TomlPatch } from "./toml.ts";
import { revertCodexToml } from "./toml_revert.ts";
import { jsonAt, type JsonDoc, type JsonPath, setJson } from "../text/json_edit.ts";

/** The JSON after a change of the TOML in it; keys of edits begin with the path of the string. */
export interface EmbeddedPatch extends Pick<TomlPatch, "edits" | "provider" | "left"> {
  readonly doc: JsonDoc;
  /** The TOML before and after, for the diff; equal where nothing changes. */
  readonly before: string;
  readonly after: string;
}

/**
 * Points the provider in use at the relay on `port`. A value that is no string counts as an empty text.
 *
 * @param file the name of the text in messages
 * @throws {Failure} `bad_config` where it is no TOML
 */
export function patchEmbeddedToml(
  doc: JsonDoc,
  path: JsonPath,
  port: number,
  file: string,
  fronts?: Fronts,
): EmbeddedPatch {
  const before = textAt(doc, path);
  const { text, edits, ...rest } = patchCodexToml(before, port, file, fronts);
  return { ...placed(doc, path, before, text, edits), ...rest };
}

/** Reverts those of `edits` whose keys begin with `path`, and every relay URL that is left. @throws {Failure} `bad_config` where it is no TOML */
export function revertEmbeddedToml(
  doc: JsonDoc,
  path: JsonPath,
  edits: readonly TomlEdit[],
  file: string,
  memories: readonly TableMemory[] = [],
): EmbeddedPatch {
  const before = textAt(doc, path);
  const inner = edits
    .filter(({ key }) => path.every((part, at) => key[at] === part))
    .map((edit) => ({ ...edit, key: edit.key.slice(path.length) }));
  const { text, edits: done } = revertCodexToml(before, inner, file, memories);
  return placed(doc, path, before, text, done);
}

function placed(
  doc: JsonDoc,
  path: JsonPath,
  before: string,
  after: string,
  edits: readonly TomlEdit[],
): EmbeddedPatch {
  return {
    doc: after === before ? doc : setJson(doc, path, after),
    edits: edits.map((edit) => ({ ...edit, key: [...path, ...edit.key] })),
    before,
    after,
  };
}

function textAt(doc: JsonDoc, path: JsonPath): string {
  const text = jsonAt(doc, path);
  return typeof text === "string" ? text : "";
}
