/**
 * Reverts a config.toml: the sidecar's values go, and all other bytes stay. Pure: text in, text out.
 *
 * With the edits of the manifest the result is exact to the byte; without them it is derived from the relay URLs.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { TIMEOUT_KEYS, type TomlEdit } from "./toml.ts";
import { fromRelay } from "../relay_url.ts";
import { type Leaf, leafAt, readToml, sameKey, type TomlDoc } from "../text/toml_doc.ts";
import { removeLeaf, removeTable, setSource, setValue, splice } from "../text/toml_edit.ts";

/** A text without the sidecar's values. */
interface TomlRevert {
  /** The same text where it held none of them. */
  readonly text: string;
  /** The reverted values: `before` is the value of the sidecar, `after` the value now. */
  readonly edits: readonly TomlEdit[];
}

/**
 * Reverts those of `edits` whose values still stand, then replaces every relay URL that is left by the URL in it.
 *
 * @param edits what was done to this text; empty without a manifest
 * @param file its name in messages
 * @throws {Failure} `bad_config` where it is no TOML
 */
export function revertCodexToml(
  text: string,
  edits: readonly TomlEdit[],
  file: string,
): TomlRevert {
  let doc = readToml(text, file);
  const done: TomlEdit[] = [];
  for (const made of edits.toReversed()) {
    const step = revertOne(doc, made, file);
    if (!step) continue;
    doc = splice(doc, [step], file);
    done.push(reversed(made));
  }
  for (let leaf = relayIn(doc); leaf; leaf = relayIn(doc)) {
    const { value, key } = leaf;
    const url = fromRelay(String(value))?.url ?? "";
    const ours = limitsBehind(doc, leaf);
    done.push({ key, before: String(value), after: url });
    done.push(...ours.map((one) => ({ key: one.key, before: one.value ?? null })));
    doc = splice(doc, [setValue(doc, leaf, url)], file);
    for (const { key } of ours) {
      const added = leafAt(doc, key);
      if (added) doc = splice(doc, [removeLeaf(doc, added)], file);
    }
  }
  for (let leaf = listIn(doc); leaf; leaf = listIn(doc)) {
    done.push({ key: leaf.key, before: String(leaf.value) });
    doc = splice(doc, [removeLeaf(doc, leaf)], file);
  }
  return { text: doc.text, edits: done };
}

function revertOne(doc: TomlDoc, { key, before, after, source }: TomlEdit, file: string) {
  if (typeof after === "object") {
    const table = doc.tables.find((one) => sameKey(one.key, key));
    return table && isDeepStrictEqual(valuesOf(doc, key), after)
      ? removeTable(doc, table)
      : undefined;
  }
  const leaf = leafAt(doc, key);
  if (!leaf || leaf.value !== after) return undefined;
  // A date or a list has no `before`, only its source.
  if (source !== undefined) return setSource(leaf, source, file);
  if (before === undefined) return removeLeaf(doc, leaf);
  return typeof before === "object" ? undefined : setValue(doc, leaf, before);
}

function reversed({ key, before, after }: TomlEdit): TomlEdit {
  return {
    key,
    ...(after === undefined ? {} : { before: after }),
    ...(before === undefined ? {} : { after: before }),
  };
}

/** The first URL of a provider, or of the built-in one, that is a relay URL. */
function relayIn({ leaves }: TomlDoc): Leaf | undefined {
  return leaves.find(({ key, value }) =>
    ((key.length === 3 && key[0] === "model_providers" && key[2] === "base_url") ||
      key.at(-1) === "openai_base_url") &&
    typeof value === "string" && fromRelay(value) !== undefined
  );
}

/** The first address of a list of models that is a relay URL; only `init` writes one. */
function listIn({ leaves }: TomlDoc): Leaf | undefined {
  return leaves.find(({ key, value }) =>
    key.length === 3 && key[0] === "model_providers" && key[2] === "model_catalog_url" &&
    typeof value === "string" && fromRelay(value) !== undefined
  );
}

/** The limits that `init` added behind a URL; they are recognized by position, order and value. */
function limitsBehind({ leaves }: TomlDoc, url: Leaf): Leaf[] {
  const out: Leaf[] = [];
  const next = () => leaves[leaves.indexOf(url) + 1 + out.length];
  for (const [name, value] of TIMEOUT_KEYS) {
    const leaf = next();
    const key = [...url.key.slice(0, -1), name];
    if (leaf && sameKey(leaf.key, key) && leaf.value === value) out.push(leaf);
  }
  return out;
}

function valuesOf({ leaves }: TomlDoc, table: readonly string[]): Record<string, unknown> {
  const own = leaves.filter(({ key }) =>
    key.length === table.length + 1 && sameKey(key.slice(0, -1), table)
  );
  return Object.fromEntries(own.map(({ key, value }) => [key.at(-1), value]));
}
