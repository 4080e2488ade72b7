/**
 * From what cc-switch keeps to what is changed in it, there and back. Pure.
 *
 * @module
 */

import { isObject } from "../../base/json.ts";
import { lowerTimeouts, raiseTimeouts } from "./timeouts.ts";
import { patchRecord, type RecordPatch, type SwitchRecord } from "./record.ts";
import { revertRecord } from "./record_revert.ts";
import type { SwitchChange, SwitchSnapshot, SwitchStore } from "./snapshot.ts";
import type { TomlEdit } from "../codex/toml.ts";
import type { Edit, Preview } from "../integration.ts";

/** What is to be done, and to whom. */
export interface SwitchDraft {
  readonly changes: readonly SwitchChange[];
  readonly edits: readonly Edit[];
  readonly previews: readonly Preview[];
  /** Every provider, and what becomes of it. */
  readonly verdicts: readonly Verdict[];
}

/** One provider of Codex, or the backup of the live files. */
export interface Verdict {
  readonly record: SwitchRecord;
  /** What it is called in sentences. */
  readonly what: string;
  readonly patch: RecordPatch;
}

/** Which parts of one record are changed. */
interface Part {
  readonly table: SwitchChange["table"];
  readonly id: string;
  readonly column: string;
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

/** Leads every provider that is worth it through the relay on `port`. */
export function planSwitch(
  snapshot: SwitchSnapshot,
  store: SwitchStore,
  port: number,
): SwitchDraft {
  const verdicts = snapshot.records.map((record): Verdict => {
    const what = `provider ${JSON.stringify(record.name)}`;
    return { record, what, patch: patchRecord(record, port, what) };
  });
  const backup = backupOf(snapshot, (record, what) => patchRecord(record, port, what));
  // A provider that is left alone is left alone in the backup too.
  const alone = verdicts.some(({ patch }) => patch.left && patch.url === backup?.patch.url);
  const led = verdicts.some(({ patch }) => patch.url !== undefined && !patch.left);
  return drafted(
    store,
    verdicts,
    alone ? undefined : backup,
    led ? raiseTimeouts(snapshot.deadlines) : [],
  );
}

/** Takes back what `edits` say, as far as it still stands, and every relay URL that is left. */
export function planSwitchRevert(
  snapshot: SwitchSnapshot,
  store: SwitchStore,
  edits: readonly Edit[],
): SwitchDraft {
  const verdicts = snapshot.records.map((record): Verdict => {
    const what = `provider ${JSON.stringify(record.name)}`;
    return { record, what, patch: revertRecord(record, made(edits, record.id), what) };
  });
  const inBackup = edits.filter(({ key }) => key[0] === "proxy_live_backup")
    .map((edit) => ({ ...edit, key: ["settings_config", ...edit.key.slice(3)] }));
  const backup = backupOf(snapshot, (record, what) => revertRecord(record, inBackup, what));
  const restored = edits.filter(({ key }) => key[0] === "proxy_config")
    .map((edit) => ({ ...edit, key: edit.key.slice(2) }));
  return drafted(store, verdicts, backup, lowerTimeouts(snapshot.deadlines, restored));
}

function backupOf(
  { liveBackup }: SwitchSnapshot,
  run: (record: SwitchRecord, what: string) => RecordPatch,
): Verdict | undefined {
  if (liveBackup === undefined) return undefined;
  const record = { ...BACKUP, settings: liveBackup };
  const what = "the backup of Codex's own files";
  return { record, what, patch: run(record, what) };
}

/** What was done to one provider, whichever of the two stores it was done in; keys begin with the part. */
function made(edits: readonly Edit[], id: string): TomlEdit[] {
  return edits.flatMap((edit) => {
    const way = edit.key[0] === "codex" ? edit.key.slice(1) : edit.key;
    const [table, row, part = "", ...rest] = way;
    if (table !== "providers" || row !== id) return [];
    return [{ ...edit, key: [part === "settingsConfig" ? "settings_config" : part, ...rest] }];
  });
}

function drafted(
  store: SwitchStore,
  verdicts: readonly Verdict[],
  backup: Verdict | undefined,
  deadlines: readonly TomlEdit[],
): SwitchDraft {
  const changes: SwitchChange[] = [];
  const edits: Edit[] = [];
  const previews: Preview[] = [];
  for (const { record, what, patch } of verdicts) {
    for (const column of ["settings_config", "meta"]) {
      const key = store.keyOf(record.id, column);
      take({ table: "providers", id: record.id, column, key }, record, what, patch);
    }
  }
  if (backup) {
    const key = ["proxy_live_backup", "codex", "original_config"];
    const part: Part = { table: "proxy_live_backup", id: "codex", column: "original_config", key };
    take(part, backup.record, backup.what, backup.patch);
  }
  for (const { key: [column = ""], before, after } of deadlines) {
    if (typeof before !== "number" || typeof after !== "number") continue;
    const row = { table: "proxy_config", id: "codex", column } as const;
    changes.push({ ...row, before, after });
    add({ key: [row.table, row.id, column], before, after });
  }
  if (deadlines.length > 0) {
    previews.push({
      title: `${store.name}, the clocks of its own proxy`,
      before: lines(deadlines, "before"),
      after: lines(deadlines, "after"),
    });
  }
  return { changes, edits, previews, verdicts };

  function take(
    { table, id, column, key }: Part,
    record: SwitchRecord,
    what: string,
    patch: RecordPatch,
  ) {
    const part = column === "meta" ? "meta" : "settings";
    const [before, after] = [record[part], patch[part]];
    if (before === undefined || after === undefined || before === after) return;
    changes.push({ table, id, column, before, after });
    const own = patch.edits.filter((edit) => (edit.key[0] === "meta") === (part === "meta"));
    for (const edit of own) add({ ...edit, key: [...key, ...edit.key.slice(1)] });
    const single = own.filter((edit) => edit.key.length === 2);
    const toml = part === "settings" ? patch.toml : { before: "", after: "" };
    previews.push({
      title: `${store.name}, ${what}${part === "meta" ? ", meta" : ""}`,
      before: lines(single, "before") + toml.before,
      after: lines(single, "after") + toml.after,
    });
  }

  function add(edit: TomlEdit) {
    edits.push({ ...edit, place: "cc-switch", file: store.file });
  }
}

/** Values that stand outside a config.toml, one a line. */
function lines(edits: readonly TomlEdit[], side: "before" | "after"): string {
  return edits.flatMap((edit) => {
    const value = edit[side];
    if (value === undefined || isObject(value)) return [];
    return [`${edit.key.at(-1)} = ${JSON.stringify(value)}\n`];
  }).join("");
}
