/**
 * Reads cc-switch's database, and changes single values of it in one short transaction.
 *
 * The schema and the version are never changed, and a row only if it is still as it was read. The columns decide what is
 * possible, not the version, because forks have their own version numbers (docs/facts/switchers.md §0).
 *
 * @module
 */

import type { DatabaseSync } from "node:sqlite";
import { Failure } from "../../base/errors.ts";
import { type SwitchTimeouts, TIMEOUT_NAMES } from "./timeouts.ts";
import type { SwitchRecord } from "./record.ts";
import { type DatabaseOptions, session } from "./session.ts";
import type { SwitchChange, SwitchSnapshot } from "./snapshot.ts";

const NEEDED = ["id", "app_type", "name", "settings_config", "category", "meta", "is_current"];

/** Columns that may be written. */
const WRITABLE: Readonly<Record<SwitchChange["table"], readonly string[]>> = {
  providers: ["settings_config", "meta"],
  proxy_live_backup: ["original_config"],
  proxy_config: TIMEOUT_NAMES,
};

type Row = Readonly<Record<string, unknown>>;

/**
 * Reads all that it holds for Codex.
 *
 * @throws {Failure} `bad_config` where it is locked, damaged, not readable, or has an unknown schema
 */
export function readDatabase(path: string, options: DatabaseOptions = {}): SwitchSnapshot {
  try {
    return session(path, true, options, read);
  } catch (error) {
    // A program that was killed while it wrote left a journal: only a connection that may write can roll it back.
    if (!(error instanceof Failure) || !/readonly/.test(String(error.facts.cause))) throw error;
    return session(path, false, options, read);
  }

  function read(database: DatabaseSync): SwitchSnapshot {
    const columns = columnsOf(database, "providers");
    const missing = NEEDED.filter((name) => !columns.has(name));
    if (missing.length > 0) {
      const what = columns.size === 0 ? "no table providers" : `no column ${missing.join(", ")}`;
      throw new Failure(
        "bad_config",
        `${path} has ${what}, so this is no cc-switch that is known`,
        {
          hint: "Leave it out with --only codex,codex++",
        },
      );
    }
    const rows = database.prepare(
      `SELECT id, name, category, settings_config, meta, is_current,
        length(CAST(settings_config AS BLOB)) AS settings_size, length(CAST(meta AS BLOB)) AS meta_size
        FROM providers WHERE app_type = 'codex' ORDER BY id`,
    ).all();
    const liveBackup = columnsOf(database, "proxy_live_backup").has("original_config")
      ? text(
        first(database, "SELECT original_config FROM proxy_live_backup WHERE app_type = 'codex'"),
        "original_config",
      )
      : undefined;
    const current = rows.find((row) => row.is_current === 1);
    return {
      records: rows.map(record),
      ...(current ? { current: String(current.id) } : {}),
      ...(liveBackup === undefined ? {} : { liveBackup }),
      timeouts: timeouts(database),
      proxied: columnsOf(database, "settings").has("value") &&
        !!text(
          first(database, "SELECT value FROM settings WHERE key = 'global_proxy_url'"),
          "value",
        ),
    };
  }
}

/**
 * Makes all changes in one transaction.
 *
 * @throws {Failure} `bad_config`; then nothing was changed
 */
export function writeDatabase(
  path: string,
  changes: readonly SwitchChange[],
  options: DatabaseOptions = {},
): void {
  session(path, false, options, (database) => {
    database.exec("BEGIN IMMEDIATE");
    try {
      for (const change of changes) write(database, path, change);
      for (const change of changes) verify(database, path, change);
      database.exec("COMMIT");
    } catch (error) {
      if (database.isTransaction) database.exec("ROLLBACK");
      throw error;
    }
  });
}

function write(database: DatabaseSync, path: string, change: SwitchChange): void {
  const { table, id, column, before, after } = change;
  if (!WRITABLE[table].includes(column)) {
    throw new Failure("internal", `${table}.${column} is not for the sidecar to write`);
  }
  const { changes } = database
    .prepare(`UPDATE ${table} SET ${column} = ? WHERE ${where(table)} AND ${column} = ?`)
    .run(after, ...rowOf(change), before);
  if (Number(changes) === 1) return;
  throw new Failure(
    "bad_config",
    `${path}: ${column} of ${id} was changed by another program just now`,
    {
      hint: "Run the command again",
    },
  );
}

function verify(database: DatabaseSync, path: string, change: SwitchChange): void {
  const { table, column, after } = change;
  const sql = `SELECT 1 FROM ${table} WHERE ${where(table)} AND ${column} = ?`;
  if (database.prepare(sql).get(...rowOf(change), after)) return;
  throw new Failure("bad_config", `${path} does not hold what was written to it`, {
    hint: "Nothing was changed; leave it out with --only codex,codex++",
  });
}

function where(table: SwitchChange["table"]): string {
  return table === "providers" ? "app_type = 'codex' AND id = ?" : "app_type = 'codex'";
}

function rowOf({ table, id }: SwitchChange): string[] {
  return table === "providers" ? [id] : [];
}

function columnsOf(database: DatabaseSync, table: string): ReadonlySet<unknown> {
  const rows: Row[] = database.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  return new Set(rows.map(({ name }) => name));
}

function first(database: DatabaseSync, sql: string): Row {
  return database.prepare(sql).get() ?? {};
}

function text(row: Row, column: string): string | undefined {
  const value = row[column];
  return typeof value === "string" ? value : undefined;
}

function record(row: Row): SwitchRecord {
  return {
    id: text(row, "id") ?? "",
    name: text(row, "name") ?? "",
    category: text(row, "category"),
    settings: completeText(row, "settings_config", "settings_size"),
    meta: completeText(row, "meta", "meta_size"),
  };
}

/** A text, if every byte of it was read: SQLite ends a text at a zero byte, and replaces bytes that are no UTF-8. */
function completeText(row: Row, column: string, size: string): string | undefined {
  const value = text(row, column);
  return value !== undefined && new TextEncoder().encode(value).length === row[size]
    ? value
    : undefined;
}

function timeouts(database: DatabaseSync): SwitchTimeouts {
  const columns = columnsOf(database, "proxy_config");
  const present = TIMEOUT_NAMES.filter((name) => columns.has(name) && columns.has("app_type"));
  if (present.length === 0) return {};
  const row = first(
    database,
    `SELECT ${present.join(", ")} FROM proxy_config WHERE app_type = 'codex'`,
  );
  return Object.fromEntries(present.flatMap((name) => {
    const value = row[name];
    return typeof value === "number" ? [[name, value]] : [];
  }));
}
