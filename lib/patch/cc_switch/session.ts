/**
 * Opens and closes cc-switch's database, which other programs use at the same time.
 *
 * Each error of SQLite becomes a `bad_config` with a fact and a hint.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { Failure } from "../../base/errors.ts";

/** The options of each access. */
export interface DatabaseOptions {
  /** Milliseconds to wait for another program's lock. @default 10000 */
  readonly timeout?: number;
}

/**
 * Opens a database, calls `run` and closes it.
 *
 * @throws {Failure} `bad_config` for an error of SQLite
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

function open(path: string, readOnly: boolean, { timeout = 10_000 }: DatabaseOptions) {
  const database = new DatabaseSync(path, { readOnly });
  // A read-only connection ignores the constructor's own option (Deno 2.9.6).
  database.exec(`PRAGMA busy_timeout = ${timeout}`);
  return database;
}

/** SQLite's errors by message: Deno does not always pass on the result code. */
const REFUSALS: readonly (readonly [message: RegExp, fact: string, hint: string])[] = [
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
  const [, fact, hint] = REFUSALS.find(([pattern]) => pattern.test(message)) ??
    ["", message, "Leave it out with --only codex,codex++"];
  return new Failure("bad_config", `Cannot use ${path}: ${fact}`, { cause: error, hint });
}
