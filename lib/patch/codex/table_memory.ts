/**
 * What `init` did to provider tables, found again by the URL of the table: wherever the table is now.
 *
 * Switchers copy rows, rename tables and write a home's file anew, so a table is known neither by its file nor by its key. It
 * is known by the relay URL that stands in it; the limits beside that URL are ours only while it stands.
 *
 * @module
 */

import type { Edit } from "../integration.ts";
import { fromRelay } from "../relay_url.ts";
import { type Leaf, leafAt, sameKey, type TomlDoc } from "../text/toml_doc.ts";
import { TIMEOUT_KEYS, type TomlEdit } from "./toml.ts";

/** The edits of one table, while it led to one upstream. */
export interface TableMemory {
  /** The file and the place in it where the table was: two edits of one table have the same. */
  readonly table: string;
  /** The name of the provider. */
  readonly id: string;
  /** The upstream's own URL, as the relay URL holds it; absent where no edit says it. */
  readonly upstream: string | undefined;
  /** The edit of the URL; absent where the URL was one of the sidecar's already. */
  url?: TomlEdit;
  /** The edits of limits, and of whatever else stands beside the URL. */
  readonly limits: TomlEdit[];
}

/** An edit of a manifest, or of one text: then `place` and `file` are absent. */
type AnyEdit = TomlEdit & Partial<Pick<Edit, "place" | "file">>;

const TABLE = "model_providers";

/** The table that an edit belongs to; `undefined` for an edit of something else. */
function tableOf(
  { place, file, key }: AnyEdit,
): { table: string; id: string; name: string } | undefined {
  const at = key.indexOf(TABLE);
  const [, id = "", name = ""] = key.slice(at);
  if (at < 0 || key.length !== at + 3) return undefined;
  return { table: JSON.stringify([place, file, key.slice(0, at + 2)]), id, name };
}

/** The upstream's own URL in a relay URL; any other value as text. */
function upstreamOf(value: unknown): string {
  return fromRelay(String(value))?.url ?? String(value);
}

/** The upstream of each edit of a table, in the order of `edits`: its own, or that of the URL before it in the same table. */
function upstreams(edits: readonly AnyEdit[], known?: Map<string, string>): (string | undefined)[] {
  const now = new Map(known);
  return edits.map((edit) => {
    const at = tableOf(edit);
    if (!at) return undefined;
    if (edit.relay !== undefined) return upstreamOf(edit.relay);
    if (at.name === "base_url") now.set(at.table, upstreamOf(edit.after));
    return now.get(at.table);
  });
}

/** The tables of `edits`. Keys of their edits begin with `model_providers`. */
export function tableMemories(edits: readonly AnyEdit[]): TableMemory[] {
  const all = new Map<string, TableMemory>();
  const leads = upstreams(edits);
  for (const [index, edit] of edits.entries()) {
    const at = tableOf(edit);
    if (!at) continue;
    const upstream = leads[index];
    const name = JSON.stringify([at.table, upstream]);
    const memory = all.get(name) ?? { table: at.table, id: at.id, upstream, limits: [] };
    all.set(name, memory);
    const { before, after, source } = edit;
    const own = {
      key: edit.key.slice(-3),
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
      ...(source === undefined ? {} : { source }),
    };
    if (at.name === "base_url") memory.url = own;
    else memory.limits.push(own);
  }
  return [...all.values()];
}

/** The memory of the table in which `url` stands, if any: of several, the one whose limits stand as they were set. */
export function memoryOf(
  doc: TomlDoc,
  url: Leaf,
  memories: readonly TableMemory[],
): TableMemory | undefined {
  const upstream = upstreamOf(url.value);
  const behind = limitsBehind(doc, url).map(({ key }) => key.at(-1) ?? "");
  const score = ({ id, limits }: TableMemory) => {
    const names = (ours: boolean) =>
      limits.filter((edit) => isAdded(edit) === ours).map(({ key }) => key.at(-1) ?? "")
        .filter((name) => TIMEOUT_KEYS.some(([one]) => one === name));
    const [added, changed] = [names(true), names(false)];
    const stands = limits.filter(({ key, after }) =>
      leafAt(doc, [...url.key.slice(0, -1), key.at(-1) ?? ""])?.value === after
    );
    const fits = added.every((name) => behind.includes(name)) &&
      behind.every((name) => added.includes(name) || changed.includes(name)) &&
      stands.length === limits.length;
    return (fits ? 2 : 0) + (id === url.key[1] ? 1 : 0);
  };
  return memories.filter((one) => one.upstream === upstream)
    .reduce<TableMemory | undefined>(
      (best, one) => best && score(best) >= score(one) ? best : one,
      undefined,
    );
}

function isAdded({ before, source }: TomlEdit): boolean {
  return before === undefined && source === undefined;
}

/** Whether an edit of a table may be reverted in `doc`: a limit is ours only while the URL beside it is. */
export function standsBeside(doc: TomlDoc, edits: readonly AnyEdit[]): (edit: AnyEdit) => boolean {
  const leads = upstreams(edits);
  return (edit) => {
    const at = tableOf(edit);
    if (!at) return true;
    const now = leafAt(doc, [...edit.key.slice(0, -1), "base_url"])?.value;
    const lead = leads[edits.indexOf(edit)];
    return lead === undefined || (fromRelay(String(now)) !== undefined && upstreamOf(now) === lead);
  };
}

/** The limits that `init` added behind a URL; they are recognized by position, order and value. */
export function limitsBehind({ leaves }: TomlDoc, url: Leaf): Leaf[] {
  const out: Leaf[] = [];
  const next = () => leaves[leaves.indexOf(url) + 1 + out.length];
  for (const [name, value] of TIMEOUT_KEYS) {
    const leaf = next();
    const key = [...url.key.slice(0, -1), name];
    if (leaf && sameKey(leaf.key, key) && leaf.value === value) out.push(leaf);
  }
  return out;
}

/**
 * The edits of the record that `text` was copied from: one that was pointed at a relay URL which stands in `text`.
 *
 * @param records the edits of each record, by its name
 * @returns empty where there is none
 */
export function copiedEdits<T extends TomlEdit>(
  records: Iterable<readonly T[]>,
  text: string,
): readonly T[] {
  const isHere = ({ key, after }: T) =>
    key.at(-1) === "base_url" && typeof after === "string" && fromRelay(after) !== undefined &&
    text.split(after).slice(1).some((rest) => /^(?:["'\\\s]|$)/.test(rest));
  for (const edits of records) if (edits.some(isHere)) return edits;
  return [];
}

/** The most upstreams that one table is remembered with. */
const REMEMBERED = 32;

/**
 * Merges old and new edits; a value that was changed twice keeps its first `before`. A table that leads elsewhere now is
 * remembered besides what it was before.
 */
export function mergeEdits(old: readonly Edit[], now: readonly Edit[]): Edit[] {
  const last = new Map<string, string>();
  const leads = upstreams(old);
  for (const [index, edit] of old.entries()) {
    const [at, lead] = [tableOf(edit), leads[index]];
    if (at && lead !== undefined) last.set(at.table, lead);
  }
  const all = new Map<string, { edit: Edit; lead: string | undefined }>();
  const put = (edit: Edit, lead: string | undefined, merged: boolean) => {
    const id = JSON.stringify([edit.place, edit.file, edit.key, lead]);
    const first = all.get(id)?.edit;
    // What a table leads to now stands behind what it led to before.
    if (merged && lead !== undefined && last.get(tableOf(edit)?.table ?? "") !== lead) {
      all.delete(id);
    }
    const chained = merged && first && JSON.stringify(first.after) === JSON.stringify(edit.before);
    all.set(id, { edit: chained ? rechained(first, edit) : edit, lead });
  };
  for (const [index, edit] of old.entries()) put(edit, leads[index], false);
  const next = upstreams(now, last);
  for (const [index, edit] of now.entries()) put(edit, next[index], true);
  return stamped([...all.values()]);
}

function rechained(first: Edit, { after }: Edit): Edit {
  const { after: _, ...kept } = first;
  return { ...kept, ...(after === undefined ? {} : { after }) };
}

/** The edits without those of upstreams that their table no longer led to when it was last changed. */
export function presentEdits(edits: readonly Edit[]): Edit[] {
  const leads = upstreams(edits);
  const last = new Map<string, string | undefined>();
  for (const [index, edit] of edits.entries()) {
    const at = tableOf(edit);
    if (at?.name === "base_url") last.set(at.table, leads[index]);
  }
  return edits.filter((edit, index) => {
    const at = tableOf(edit);
    return !at || !last.has(at.table) || last.get(at.table) === leads[index];
  });
}

/** Where a table led to more than one upstream, each of its limits says to which it belongs. */
function stamped(all: readonly { edit: Edit; lead: string | undefined }[]): Edit[] {
  const of = new Map<string, Set<string | undefined>>();
  for (const { edit, lead } of all) {
    const at = tableOf(edit);
    if (at) of.set(at.table, (of.get(at.table) ?? new Set()).add(lead));
  }
  return all.flatMap(({ edit, lead }) => {
    const at = tableOf(edit);
    const several = at && of.get(at.table);
    if (!at || !several || several.size < 2) return [edit];
    if (![...several].slice(-REMEMBERED).includes(lead)) return [];
    return at.name === "base_url" || lead === undefined ? [edit] : [{ ...edit, relay: lead }];
  });
}
