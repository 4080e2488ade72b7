/**
 * Reverts a config.toml: the sidecar's values go, and all other bytes stay. Pure: text in, text out.
 *
 * With the edits of the manifest the result is exact to the byte; without them it is derived from the relay URLs.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import {
  limitsBehind,
  memoryOf,
  standsBeside,
  tableMemories,
  type TableMemory,
} from "./table_memory.ts";
import { withoutOwnTable } from "./all/own_table.ts";
import { isOpenAIModel } from "../../provider/openai_models.ts";
import { GATEWAY_ID, type TomlEdit } from "./toml.ts";
import { fromRelay } from "../relay_url.ts";
import { type Leaf, leafAt, readToml, sameKey, type TomlDoc } from "../text/toml_doc.ts";
import {
  removeLeaf,
  removeTable,
  setSource,
  setValue,
  splice,
  type TomlSplice,
} from "../text/toml_edit.ts";

/** A text without the sidecar's values. */
interface TomlRevert {
  /** The same text where it held none of them. */
  readonly text: string;
  /** The reverted values: `before` is the value of the sidecar, `after` the value now. */
  readonly edits: readonly TomlEdit[];
}

/**
 * Reverts those of `edits` whose values still stand, then every relay URL that is left: by the memory of its table where
 * there is one, else by the URL in it.
 *
 * @param edits what was done to this text; empty without a manifest
 * @param file its name in messages
 * @param memories tables of any text of any program, one of which may have been copied here
 * @throws {Failure} `bad_config` where it is no TOML
 */
export function revertCodexToml(
  text: string,
  edits: readonly TomlEdit[],
  file: string,
  memories: readonly TableMemory[] = [],
): TomlRevert {
  let doc = readToml(text, file);
  const done: TomlEdit[] = [];
  const apply = (made: TomlEdit) => {
    const step = revertOne(doc, made, file);
    if (!step) return;
    doc = splice(doc, [step], file);
    done.push(reversed(made));
  };
  const stands = standsBeside(doc, edits);
  for (const made of edits.filter(stands).toReversed()) apply(made);
  const own = withoutOwnTable(doc, file);
  doc = own.doc;
  done.push(...own.edits);
  const known = [...tableMemories(edits), ...memories];
  for (let leaf = relayIn(doc); leaf; leaf = relayIn(doc)) {
    const table = leaf.key.slice(0, -1);
    const value = String(leaf.value);
    const memory = memoryOf(doc, leaf, known);
    const limits = memory?.limits ??
      limitsBehind(doc, leaf).map(({ key, value }) => ({ key, after: value ?? null }));
    for (const edit of limits.toReversed()) {
      apply({ ...edit, key: [...table, edit.key.at(-1) ?? ""] });
    }
    apply({ ...urlBefore(value, memory), key: leaf.key, after: value });
  }
  for (let leaf = listIn(doc); leaf; leaf = listIn(doc)) {
    done.push({ key: leaf.key, before: String(leaf.value) });
    doc = splice(doc, [removeLeaf(doc, leaf)], file);
  }
  if (!edits.some(({ key }) => key.includes(GATEWAY_ID))) {
    for (let step = gatewayIn(doc); step; step = gatewayIn(doc)) {
      doc = splice(doc, [step.splice], file);
      done.push(step.edit);
    }
  }
  return { text: doc.text, edits: done };
}

/**
 * What is left of `init --gateway` where no record says what was there before: Codex goes back to its own provider, and so to
 * its own model.
 */
function gatewayIn(doc: TomlDoc): { splice: TomlSplice; edit: TomlEdit } | undefined {
  const key = ["model_providers", GATEWAY_ID];
  const used = leafAt(doc, ["model_provider"]);
  const model = leafAt(doc, ["model"]);
  const inUse = used?.value === GATEWAY_ID;
  if (inUse && model && typeof model.value === "string" && !isOpenAIModel(model.value)) {
    return { splice: removeLeaf(doc, model), edit: { key: model.key, before: model.value } };
  }
  if (used && inUse) {
    return { splice: removeLeaf(doc, used), edit: { key: used.key, before: GATEWAY_ID } };
  }
  const table = doc.tables.find((one) => sameKey(one.key, key));
  return table && { splice: removeTable(doc, table), edit: { key, before: "the gateway's table" } };
}

/** The URL in place of a relay URL: as it was written, where that is known. */
function urlBefore(
  relay: string,
  memory: TableMemory | undefined,
): Pick<TomlEdit, "before" | "source"> {
  const url = fromRelay(relay)?.url ?? "";
  const { before, source } = memory?.url ?? {};
  // A relay URL may stand there since the port was changed.
  if (typeof before !== "string" || fromRelay(before)) return { before: url };
  return { before, ...(source === undefined ? {} : { source }) };
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

/** A list of the sidecar's own, which `undo` removes; Codex does not start where its settings name a missing one. */
const OWN_LIST = /[\\/]codex-sidecar[\\/]models[\\/][\w.-]+\.json$/;

/** The first list of models of the sidecar's own: an address that is a relay URL, or such a file. */
function listIn({ leaves }: TomlDoc): Leaf | undefined {
  return leaves.find(({ key, value }) =>
    typeof value === "string" &&
    (key.length === 3 && key[0] === "model_providers" && key[2] === "model_catalog_url"
      ? fromRelay(value) !== undefined
      : key.length === 1 && key[0] === "model_catalog_json" && OWN_LIST.test(value))
  );
}

function valuesOf({ leaves }: TomlDoc, table: readonly string[]): Record<string, unknown> {
  const own = leaves.filter(({ key }) =>
    key.length === table.length + 1 && sameKey(key.slice(0, -1), table)
  );
  return Object.fromEntries(own.map(({ key, value }) => [key.at(-1), value]));
}
