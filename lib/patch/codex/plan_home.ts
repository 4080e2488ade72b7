/**
 * What `init` changes in one home of Codex: every way to start Codex there is led through the sidecar, or named. Pure
 * but for what was read before.
 *
 * A URL is changed in the file that sets it. One that the machine's own settings set is overridden in the home.
 *
 * @module
 */

import { isThisMachine } from "../../base/loopback.ts";
import type { ConfigFile } from "./files.ts";
import type { HomeLayers, LayerFile, Selection } from "./layers/layer_files.ts";
import { type Layer, placedAt } from "./layers/layers.ts";
import { type Lead, type LeadFacts, leadOf } from "./layers/lead.ts";
import { type Left, leftMessage, patchUrl, TIMEOUT_KEYS, type TomlEdit } from "./toml.ts";
import { displayUrl } from "../relay_url.ts";
import { holds, leafAt, readToml, type TomlDoc } from "../text/toml_doc.ts";
import {
  addBehind,
  addTable,
  addTop,
  setValue,
  splice,
  type TomlEntry,
} from "../text/toml_edit.ts";

/** One file of the home, changed or not. */
export interface PlannedFile {
  readonly file: ConfigFile;
  readonly text: string;
  readonly edits: readonly TomlEdit[];
}

/** The change of one home. */
export interface PlannedHome {
  /** One line for each way to start Codex that differs from the plain one. */
  readonly found: readonly string[];
  /** Those that change. */
  readonly files: readonly PlannedFile[];
  /** Where the plain start leads, or why it is left alone. */
  readonly plain: Lead | Left;
  /** The ports of this machine to which a start leads: a proxy may listen there. */
  readonly ports: readonly number[];
  /** Whether any start leads to a provider that the sidecar can stand for. */
  readonly leads: boolean;
}

/** Plans one home. @throws {Failure} `bad_config` where a text cannot take the change */
export function planHome(home: HomeLayers, facts: LeadFacts): PlannedHome {
  const files = new Map<string, PlannedFile>();
  const found: string[] = [];
  const starts = distinctStarts(home, facts);
  for (const { selection, lead } of starts) {
    if ("is" in lead) {
      if (selection.profile !== undefined) found.push(leftMessage(lead, selection.name));
      continue;
    }
    const before = files.size + editsIn(files);
    changeLead(home, lead, files);
    raiseLimits(home, selection, lead, files);
    const already = before === files.size + editsIn(files) ? ", through the sidecar already" : "";
    const { layer } = lead.placed;
    const set = layer.kind === "system" ? `, as ${layer.name} says` : "";
    found.push(`${selection.name}: ${lead.id} goes to ${displayUrl(lead.url)}${set}${already}`);
  }
  const plain = starts[0]?.lead ?? { is: "no_provider" } as const;
  return {
    found: [...found, ...home.trouble],
    files: [...files.values()],
    plain,
    ports: [...new Set(starts.flatMap(({ lead }) => "is" in lead ? [] : localPort(lead.url)))],
    leads: starts.some(({ lead }) => !("is" in lead)),
  };
}

function localPort(text: string): number[] {
  const url = URL.parse(text);
  if (!url || !isThisMachine(url.hostname)) return [];
  return [Number(url.port) || (url.protocol === "https:" ? 443 : 80)];
}

/** A way to start Codex, and where it leads. */
export interface Start {
  readonly selection: Selection;
  readonly lead: Lead | Left;
}

/** The plain start, and those with a profile that lead elsewhere. */
export function distinctStarts({ selections }: HomeLayers, facts: LeadFacts): Start[] {
  const seen = new Set<string>();
  return selections.flatMap((selection) => {
    const lead = leadOf(selection.layers, facts);
    const id = "is" in lead ? leftMessage(lead, "") : JSON.stringify([
      lead.placed.layer.name,
      lead.key,
      ...lowLimits(selection.layers, lead).map(([layer, name]) => [layer.name, name]),
    ]);
    if (seen.has(id)) return [];
    seen.add(id);
    return [{ selection, lead }];
  });
}

function editsIn(files: ReadonlyMap<string, PlannedFile>): number {
  return [...files.values()].reduce((sum, { edits }) => sum + edits.length, 0);
}

function changeLead(home: HomeLayers, lead: Lead, files: Map<string, PlannedFile>): void {
  const { layer } = lead.placed;
  const own = fileOf(home, layer.path);
  const { file } = own ?? home.config;
  const { text = file.text, edits = [] } = files.get(file.path) ?? {};
  const doc = readToml(text, file.path);
  const leaf = leafAt(doc, [...own ? layer.within ?? [] : [], ...lead.key]);
  const next = leaf ? patchUrl(doc, leaf, lead.relay, file.path) : override(doc, lead, file.path);
  if (next.edits.length === 0) return;
  files.set(file.path, { file, text: next.text, edits: [...edits, ...next.edits] });
}

/** The limits of a provider that some layer sets too low: the layer, the key, the value to set. */
function lowLimits(layers: readonly Layer[], { key }: Lead): [Layer, readonly string[], number][] {
  const table = key.slice(0, -1);
  return (table.length > 0 ? TIMEOUT_KEYS : []).flatMap(([name, value]) => {
    const placed = placedAt(layers, [...table, name]);
    const now = typeof placed?.value === "bigint" || typeof placed?.value === "number"
      ? Number(placed.value)
      : value;
    return placed && now < value ? [[placed.layer, [...table, name], value]] : [];
  });
}

/** Raises limits that a profile sets lower than the file with the URL does. */
function raiseLimits(
  home: HomeLayers,
  { layers }: Selection,
  lead: Lead,
  files: Map<string, PlannedFile>,
): void {
  for (const [layer, key, value] of lowLimits(layers, lead)) {
    const own = layer.path === lead.placed.layer.path ? undefined : fileOf(home, layer.path);
    if (!own) continue;
    const { file } = own;
    const { text = file.text, edits = [] } = files.get(file.path) ?? {};
    const doc = readToml(text, file.path);
    const leaf = leafAt(doc, [...layer.within ?? [], ...key]);
    if (typeof leaf?.value !== "number" || leaf.value >= value) continue;
    const edit = {
      key: leaf.key,
      before: leaf.value,
      after: value,
      source: text.slice(...leaf.at),
    };
    const next = splice(doc, [setValue(doc, leaf, value)], file.path).text;
    files.set(file.path, { file, text: next, edits: [...edits, edit] });
  }
}

/** The home's own file that a layer stands for; `undefined` for one outside. */
function fileOf({ config, profiles }: HomeLayers, path: string | undefined): LayerFile | undefined {
  return [config, ...profiles.values()].find(({ file }) => file.path === path);
}

/** Sets in the home what the machine's own settings set below it. */
function override(doc: TomlDoc, { key, relay }: Lead, file: string) {
  const table = key.slice(0, -1);
  const name = key.at(-1) ?? "";
  const entries: TomlEntry[] = [[name, relay], ...table.length > 0 ? TIMEOUT_KEYS : []];
  if (table.length === 0) return added(doc, [addTop(doc, entries)], table, entries, file);
  const first = doc.leaves.find((leaf) =>
    leaf.key.length === table.length + 1 && table.every((part, at) => leaf.key[at] === part)
  );
  if (first) {
    const missing = entries.filter(([one]) => !holds(doc, [...table, one]));
    return added(doc, [addBehind(doc, first, missing)], table, missing, file);
  }
  const { text } = splice(doc, [addTable(doc, table, entries)], file);
  return { text, edits: [{ key: table, after: Object.fromEntries(entries) }] };
}

function added(
  doc: TomlDoc,
  splices: Parameters<typeof splice>[1],
  table: readonly string[],
  entries: readonly TomlEntry[],
  file: string,
): { text: string; edits: TomlEdit[] } {
  const edits = entries.map(([name, value]) => ({ key: [...table, name], after: value }));
  return { text: splice(doc, splices, file).text, edits };
}
