/**
 * Figures of turns in a file of SQLite, for a user who asked for it (`history` in config.yaml).
 *
 * Its rules: figures and names, never a text or a key; rows go in batches, off the path of any request; the file is bounded
 * by age and number of rows; a process that is killed in the middle of a write loses that batch and nothing else (SQLite's
 * write-ahead log); a file that is damaged is set aside, and a new one begins.
 *
 * @module
 */

import { closeSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Clock } from "../../base/clock.ts";
import type { Observer } from "../observer.ts";
import type { Figures } from "./figures.ts";
import type { HistoryStore } from "./history.ts";
import { COLUMNS, NAMES, rowsSince, valuesOf } from "./sqlite_rows.ts";

/** How long rows wait for their batch, in milliseconds. */
const BATCH_MS = 1_000;
/** Rows that wait at most; a disk that hangs must not fill the memory. */
const MOST_WAITING = 5_000;
/** Rows in the file at most: about 40 MiB. */
const MOST_ROWS = 300_000;
/** Batches between two looks at what is too old. */
const TRIM_EVERY = 60;

/** The settings of {@link openStore}. */
interface StoreOptions {
  readonly file: string;
  /** How long rows are kept, in milliseconds. */
  readonly period: number;
  readonly clock: Clock;
  /** Is told of a file that was set aside, and of one that cannot be written. */
  readonly observer: Pick<Observer, "notice">;
  /** Renames a file. */
  readonly rename: (from: string, to: string) => void;
}

/**
 * Opens the file, which is made where it is missing.
 *
 * @returns `undefined` where no file can be had; the observer is told why
 */
export function openStore(options: StoreOptions): HistoryStore | undefined {
  const { file, observer, rename, clock } = options;
  try {
    return new SqliteStore(open(file), options);
  } catch (error) {
    const aside = `${file}.damaged-${clock.wall()}`;
    try {
      for (const end of ["", "-wal", "-shm"]) renameIfThere(file + end, aside + end, rename);
      const store = new SqliteStore(open(file), options);
      const words = `The history in ${file} is damaged (${why(error)}). It is now ${aside}`;
      observer.notice("warning", `${words}, and a new one begins`);
      return store;
    } catch (again) {
      const words = `The history cannot be kept in ${file}: ${why(again)}`;
      observer.notice("warning", `${words}. Turns are remembered until the sidecar stops`);
      return undefined;
    }
  }
}

/** Opens the file for reading alone, for a command; throws where there is none or it is no history. */
export function readStore(file: string, since: number): Figures[] {
  const db = new DatabaseSync(file, { readOnly: true });
  try {
    return rowsSince(db, since, MOST_ROWS);
  } finally {
    db.close();
  }
}

function open(file: string): DatabaseSync {
  closeSync(openSync(file, "a", 0o600)); // SQLite gives its log the file's own permissions
  const db = new DatabaseSync(file);
  try {
    db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 200");
    const [check] = db.prepare("PRAGMA quick_check(1)").all();
    if (Object.values(check ?? {})[0] !== "ok") throw new SyntaxError("its pages do not add up");
    db.exec(`CREATE TABLE IF NOT EXISTS turns (${COLUMNS.join(", ")})`);
    db.exec("CREATE INDEX IF NOT EXISTS turns_at ON turns (at)");
    db.prepare(`SELECT ${NAMES.join(", ")} FROM turns LIMIT 1`).all();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

class SqliteStore implements HistoryStore {
  readonly period: number;
  readonly #db: DatabaseSync;
  readonly #options: StoreOptions;
  readonly #insert;
  #waiting: Figures[] = [];
  #cancel: (() => void) | undefined;
  #batches = 0;
  #failed = false;

  constructor(db: DatabaseSync, options: StoreOptions) {
    this.period = options.period;
    this.#db = db;
    this.#options = options;
    const values = NAMES.map(() => "?").join(", ");
    this.#insert = db.prepare(`INSERT INTO turns (${NAMES.join(", ")}) VALUES (${values})`);
  }

  add(figures: Figures): void {
    if (this.#failed || this.#waiting.length >= MOST_WAITING) return;
    this.#waiting.push(figures);
    this.#cancel ??= this.#options.clock.after(BATCH_MS, () => this.#write());
  }

  read(since: number, most: number): Figures[] {
    this.#write();
    if (this.#failed) return [];
    try {
      return rowsSince(this.#db, since, Math.min(most, MOST_ROWS));
    } catch (error) {
      this.#fail(error);
      return [];
    }
  }

  close(): void {
    this.#write();
    this.#db.close();
  }

  #write(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const rows = this.#waiting.splice(0);
    if (this.#failed || (rows.length === 0 && this.#batches > 0)) return;
    try {
      this.#db.exec("BEGIN");
      for (const row of rows) this.#insert.run(...valuesOf(row));
      if (this.#batches++ % TRIM_EVERY === 0) this.#trim();
      this.#db.exec("COMMIT");
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Deletes what is too old or too much. */
  #trim(): void {
    const oldest = this.#options.clock.wall() - this.period;
    this.#db.prepare("DELETE FROM turns WHERE at < ?").run(oldest);
    this.#db.prepare(
      "DELETE FROM turns WHERE rowid <= (SELECT max(rowid) FROM turns) - ?",
    ).run(MOST_ROWS);
  }

  #fail(error: unknown): void {
    this.#failed = true;
    const words = `The history in ${this.#options.file} cannot be written: ${why(error)}`;
    this.#options.observer.notice("warning", `${words}. Nothing more is kept until a restart`);
  }
}

function renameIfThere(from: string, to: string, rename: StoreOptions["rename"]): void {
  try {
    rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function why(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
