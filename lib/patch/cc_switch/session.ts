/**
 * cc-switch's database as a file that other programs use too: opened, waited for, copied, closed.
 *
 * What SQLite refuses becomes a sentence.
 *
 * @module
 */

import { backup, DatabaseSync } from "node:sqlite";
import { Failure } from "../../base/errors.ts";

/** Options of every operation. */
export interface DatabaseOptions {
  /** Milliseconds to wait for another program's lock. @default 10000 */
  readonly timeout?: number;
}

/**
 * Opens, runs, closes.
 *
 * @throws {Failure} `bad_config` where SQLite refuses
 */
export function session<T>(
  path: string,
  readOnly: boolean,
  options: DatabaseOptions,
  run: (database: DatabaseSync) => T,
): T {
  try {
    const database = open(path, readOnly, options);
    try {
      return run(database);
    } finally {
      database.close();
    }
  } catch (error) {
    throw databaseFailure(path, error);
  }
}

/**
 * Copies a database, with what its journals hold, into the empty file `to`.
 *
 * Not by `VACUUM INTO`: the runtime permits that to a program that may do everything, and to no other.
 *
 * @throws {Failure} `bad_config` where SQLite refuses
 */
export async function copyDatabase(
  path: string,
  to: string,
  options: DatabaseOptions = {},
): Promise<void> {
  try {
    const database = open(path, true, options);
    try {
      // A backup asks a locked database again and again for ever: a reader's lock is waited for with a limit.
      database.exec("BEGIN; SELECT 1 FROM sqlite_master");
      await backup(database, to);
    } finally {
      database.close();
    }
  } catch (error) {
    throw databaseFailure(path, error);
  }
}

function open(path: string, readOnly: boolean, { timeout = 10_000 }: DatabaseOptions) {
  const database = new DatabaseSync(path, { readOnly });
  // The constructor's own option is not heeded by a connection that only reads (Deno 2.9.6).
  database.exec(`PRAGMA busy_timeout = ${timeout}`);
  return database;
}

/** SQLite's result codes reach us as words only: the runtime does not always pass the number on. */
const REFUSALS: readonly (readonly [said: RegExp, fact: string, hint: string])[] = [
  [/locked|busy/, "it is locked by another program", "Close cc-switch and run the command again"],
  [/readonly|read-only/, "the system does not permit it", "Make it and its folder writable"],
  [
    /malformed|not a database/,
    "it is damaged",
    "Restore one of cc-switch's own backups in ~/.cc-switch/backups",
  ],
  [/full/, "the disk is full", "Free some space"],
  [
    /unable to open/,
    "the system does not open it",
    "Check that it and its folder may be read and written",
  ],
];

function databaseFailure(path: string, error: unknown): unknown {
  if (error instanceof Failure || !(error instanceof Error)) return error;
  const { message } = error;
  const [, fact, hint] = REFUSALS.find(([said]) => said.test(message)) ??
    ["", message, "Leave it out with --only codex,codex++"];
  return new Failure("bad_config", `Cannot use ${path}: ${fact}`, { cause: error, hint });
}
