/**
 * The way back of a config.toml: values of ours go, everything else stays.
 *
 * With the edits that were made, to the byte; without them, from the relay URLs themselves. Pure: text in, text out.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { TIMEOUT_KEYS, type TomlEdit } from "./toml.ts";
import { fromRelay } from "../relay_url.ts";
import { type Leaf, leafAt, readToml, sameKey, type TomlDoc } from "../text/toml_doc.ts";
import { removeLeaf, removeTable, setSource, setValue, splice } from "../text/toml_edit.ts";

/** A text without what was ours. */
interface TomlRevert {
  /** The same text where nothing of ours was in it. */
  readonly text: string;
  /** What went back: `before` is what stood there, `after` what stands there now. */
  readonly edits: readonly TomlEdit[];
}

/**
 * Takes back what `edits` say, as far as it still stands, and leads every relay URL that is left to where it leads.
 *
 * @param edits what was done to this text; empty where nobody remembers
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
    const ours = timeoutBehind(doc, leaf);
    done.push({ key, before: String(value), after: url });
    done.push(...ours.map((one) => ({ key: one.key, before: one.value ?? null })));
    doc = splice(doc, [setValue(doc, leaf, url)], file);
    for (const { key } of ours) {
      const gone = leafAt(doc, key);
      if (gone) doc = splice(doc, [removeLeaf(doc, gone)], file);
    }
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

/** A provider's URL that leads through a sidecar. */
function relayIn({ leaves }: TomlDoc): Leaf | undefined {
  return leaves.find(({ key, value }) =>
    key.length === 3 && key[0] === "model_providers" && key[2] === "base_url" &&
    typeof value === "string" && fromRelay(value) !== undefined
  );
}

/** The limits that `init` put directly behind a URL: by their place, order and value they are known as its own. */
function timeoutBehind({ leaves }: TomlDoc, url: Leaf): Leaf[] {
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
