/**
 * From a snapshot of cc-switch to the changes that `init` or `undo` makes in it. Pure.
 *
 * @module
 */

import type { Fronts } from "../../base/front_proxies.ts";
import { isObject } from "../../base/json.ts";
import { extendTimeouts, revertTimeouts } from "./timeouts.ts";
import { patchRecord, type RecordPatch, type SwitchRecord } from "./record.ts";
import { revertRecord } from "./record_revert.ts";
import type { SwitchChange, SwitchSnapshot, SwitchStore } from "./snapshot.ts";
import { copiedEdits, tableMemories } from "../codex/table_memory.ts";
import type { TomlEdit } from "../codex/toml.ts";
import type { Edit, Preview } from "../integration.ts";

/** The changes of one run. */
export interface SwitchDraft extends DraftPart {
  /** Every provider, changed or left alone. */
  readonly records: readonly PlannedRecord[];
}

/** Some changes, as the store, the manifest and the diff take them. */
interface DraftPart {
  readonly changes: readonly SwitchChange[];
  readonly edits: readonly Edit[];
  readonly previews: readonly Preview[];
}

/** One provider of Codex, or the backup of the live files. */
export interface PlannedRecord {
  readonly record: SwitchRecord;
  /** Its name in sentences. */
  readonly what: string;
  readonly patch: RecordPatch;
}

/** The column that holds one part of a record. */
interface Column {
  readonly part: "settings" | "meta";
  readonly row: Pick<SwitchChange, "table" | "id" | "column">;
  /** What an edit's key begins with. */
  readonly key: readonly string[];
}

/** The backup of the live files, as if it were a provider. */
const BACKUP: Omit<SwitchRecord, "settings"> = {
  id: "codex",
  name: "codex",
  category: undefined,
  meta: undefined,
};

const BACKUP_COLUMN: Column = {
  part: "settings",
  row: { table: "proxy_live_backup", id: "codex", column: "original_config" },
  key: ["proxy_live_backup", "codex", "original_config"],
};

const NO_CHANGE: DraftPart = { changes: [], edits: [], previews: [] };

/** Points every provider that the sidecar can stand for at the relay on `port`. */
export function planSwitch(
  snapshot: SwitchSnapshot,
  store: SwitchStore,
  port: number,
  fronts?: Fronts,
): SwitchDraft {
  const patch = (record: SwitchRecord, what: string) => patchRecord(record, port, what, fronts);
  const records = snapshot.records.map((record) => plannedRecord(record, patch));
  const backup = plannedBackup(snapshot, patch);
  // A provider that is left alone is left alone in the backup too.
  const isLeft = records.some(({ patch }) => patch.left && patch.url === backup?.patch.url);
  const isRouted = records.some(({ patch }) => patch.url !== undefined && !patch.left);
  const timeouts = isRouted ? extendTimeouts(snapshot.timeouts) : [];
  return draftOf(store, records, isLeft ? undefined : backup, timeouts);
}

/**
 * Reverts those of `edits` whose values still stand, and every relay URL that is left.
 *
 * @param all the edits of every program: a row may be a copy of a table anywhere. @default `edits`
 */
export function planSwitchRevert(
  snapshot: SwitchSnapshot,
  store: SwitchStore,
  edits: readonly Edit[],
  all: readonly Edit[] = edits,
): SwitchDraft {
  const memories = tableMemories(all);
  const rows = rowsOf(edits);
  // A row without edits of its own may be one that was copied in cc-switch.
  const madeIn = ({ id, settings = "" }: SwitchRecord) =>
    rows.get(id) ?? copiedEdits(rows.values(), settings);
  const ofTable = (table: SwitchChange["table"]) => edits.filter(({ key }) => key[0] === table);
  const records = snapshot.records.map((record) =>
    plannedRecord(record, (one, what) => revertRecord(one, madeIn(one), what, memories))
  );
  const inBackup = ofTable("proxy_live_backup")
    .map((edit) => ({ ...edit, key: ["settings_config", ...edit.key.slice(3)] }));
  const backup = plannedBackup(
    snapshot,
    (one, what) => revertRecord(one, inBackup, what, memories),
  );
  const extended = ofTable("proxy_config").map((edit) => ({ ...edit, key: edit.key.slice(2) }));
  return draftOf(store, records, backup, revertTimeouts(snapshot.timeouts, extended));
}

type Patch = (record: SwitchRecord, what: string) => RecordPatch;

function plannedRecord(record: SwitchRecord, patch: Patch): PlannedRecord {
  const what = `provider ${JSON.stringify(record.name)}`;
  return { record, what, patch: patch(record, what) };
}

function plannedBackup({ liveBackup }: SwitchSnapshot, patch: Patch): PlannedRecord | undefined {
  if (liveBackup === undefined) return undefined;
  const record = { ...BACKUP, settings: liveBackup };
  const what = "the backup of Codex's own files";
  return { record, what, patch: patch(record, what) };
}

/** The edits of each provider by its id, in whichever of the two stores they were made; keys begin with the part. */
function rowsOf(edits: readonly Edit[]): Map<string, TomlEdit[]> {
  const out = new Map<string, TomlEdit[]>();
  for (const edit of edits) {
    const key = edit.key[0] === "codex" ? edit.key.slice(1) : edit.key;
    const [table, row = "", part = "", ...rest] = key;
    if (table !== "providers") continue;
    const own = { ...edit, key: [part === "settingsConfig" ? "settings_config" : part, ...rest] };
    out.set(row, [...out.get(row) ?? [], own]);
  }
  return out;
}

function draftOf(
  store: SwitchStore,
  records: readonly PlannedRecord[],
  backup: PlannedRecord | undefined,
  timeouts: readonly TomlEdit[],
): SwitchDraft {
  const parts = [
    ...records.flatMap((one) => [
      columnPart(store, providerColumn(store, one.record.id, "settings"), one),
      columnPart(store, providerColumn(store, one.record.id, "meta"), one),
    ]),
    ...backup ? [columnPart(store, BACKUP_COLUMN, backup)] : [],
    timeoutPart(store, timeouts),
  ];
  return {
    changes: parts.flatMap(({ changes }) => changes),
    edits: parts.flatMap(({ edits }) => edits),
    previews: parts.flatMap(({ previews }) => previews),
    records,
  };
}

function providerColumn(store: SwitchStore, id: string, part: Column["part"]): Column {
  const column = part === "meta" ? "meta" : "settings_config";
  return { part, row: { table: "providers", id, column }, key: store.keyOf(id, column) };
}

/** What changes in one column. */
function columnPart(
  store: SwitchStore,
  { part, row, key }: Column,
  { record, what, patch }: PlannedRecord,
): DraftPart {
  const [before, after] = [record[part], patch[part]];
  if (before === undefined || after === undefined || before === after) return NO_CHANGE;
  const own = patch.edits.filter((edit) => (edit.key[0] === "meta") === (part === "meta"));
  const single = own.filter((edit) => edit.key.length === 2);
  const toml = part === "settings" ? patch.toml : { before: "", after: "" };
  return {
    changes: [{ ...row, before, after }],
    edits: own.map((edit) => located(store, { ...edit, key: [...key, ...edit.key.slice(1)] })),
    previews: [{
      title: `${store.name}, ${what}${part === "meta" ? ", meta" : ""}`,
      before: lines(single, "before") + toml.before,
      after: lines(single, "after") + toml.after,
    }],
  };
}

/** What changes in the timeouts of cc-switch's proxy. */
function timeoutPart(store: SwitchStore, timeouts: readonly TomlEdit[]): DraftPart {
  if (timeouts.length === 0) return NO_CHANGE;
  const changes = timeouts.flatMap(({ key: [column = ""], before, after }): SwitchChange[] =>
    typeof before === "number" && typeof after === "number"
      ? [{ table: "proxy_config", id: "codex", column, before, after }]
      : []
  );
  return {
    changes,
    edits: changes.map(({ table, id, column, before, after }) =>
      located(store, { key: [table, id, column], before, after })
    ),
    previews: [{
      title: `${store.name}, the timeouts of its own proxy`,
      before: lines(timeouts, "before"),
      after: lines(timeouts, "after"),
    }],
  };
}

function located({ file }: SwitchStore, edit: TomlEdit): Edit {
  return { ...edit, place: "cc-switch", file };
}

/** Values that stand outside a config.toml, one a line. */
function lines(edits: readonly TomlEdit[], side: "before" | "after"): string {
  return edits.flatMap((edit) => {
    const value = edit[side];
    if (value === undefined || isObject(value)) return [];
    return [`${edit.key.at(-1)} = ${JSON.stringify(value)}\n`];
  }).join("");
}
