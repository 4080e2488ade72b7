/**
 * The upstreams whose keys `serve` injects: the rows of the cc-switch database that the note of `init --all` names.
 *
 * Rows are read anew when a file of the database changes, so that what its user edits counts at the next request. A database
 * that cannot be read at the moment counts as unchanged; no request waits for it longer than {@link LOCK_TIMEOUT}.
 *
 * @module
 */

import { type Fronts, USUAL_FRONTS } from "../../base/front_proxies.ts";
import { Failure } from "../../base/errors.ts";
import { type Env, stateDir, type System } from "../../config/paths.ts";
import type { Observer } from "../../observe/observer.ts";
import { allRowsFile, type AllRowsNote, parseAllRows } from "../../patch/all_rows.ts";
import { readDatabase } from "../../patch/cc_switch/database.ts";
import { rowUpstreams } from "../../patch/cc_switch/upstreams.ts";
import type { InjectedUpstream, ReadInjected } from "../../proxy/injection/injection.ts";
import { sharedFailure } from "../../patch/state/state_folder.ts";

/** Milliseconds for which a request waits for a program that locks the database. */
export const LOCK_TIMEOUT = 100;

/** Opens the reader. It never throws; what cannot be read is a notice, once. */
export function openInjectedRows(
  { system, env }: { readonly system: System; readonly env: Env },
  observer: Pick<Observer, "notice">,
): ReadInjected {
  const folder = stateDir(system, env);
  if (folder === undefined) return () => [];
  const file = allRowsFile(system, folder);
  let seen = "";
  let rows: readonly InjectedUpstream[] = [];
  let told = "";
  return () => {
    try {
      const note = trustedNote(folder, file);
      const now = note === undefined ? "" : timesOf(note.database);
      if (note === undefined) rows = [];
      else if (now !== seen) {
        const snapshot = readDatabase(note.database, { timeout: LOCK_TIMEOUT });
        const own = (name: string) => env[name];
        rows = rowUpstreams(snapshot, note.port, own, frontsOf(note)).rows
          .map((row) => ({ ...row, localToken: note.localToken }));
      }
      [seen, told] = [now, ""];
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      // What others may write says nothing about where keys go
      if (error.facts.cause === undefined) [rows, seen] = [[], ""];
      if (told !== error.message) observer.notice("warning", error.fullMessage);
      told = error.message;
    }
    return rows;
  };
}

function frontsOf({ fronts }: AllRowsNote): Fronts {
  const named = fronts.map((port) => [port, "cc-switch"] as const);
  return new Map([...named, ...USUAL_FRONTS]);
}

/** The note, where there is one that only its user can write. @throws {Failure} `bad_config` where others can */
function trustedNote(folder: string, file: string): AllRowsNote | undefined {
  for (const [what, path] of [["folder", folder], ["file", file]] as const) {
    const facts = statOf(path);
    if (!facts) return undefined;
    const { mode, uid } = facts;
    const user = Deno.uid();
    if (user === null || mode === null || uid === null) continue;
    const owner = { user: uid, group: facts.gid ?? 0 };
    const own = { isFile: facts.isFile, changed: 0, mode: mode & 0o777, owner };
    const shared = sharedFailure(what, path, own, user);
    if (shared) throw shared;
  }
  try {
    return parseAllRows(Deno.readTextFileSync(file));
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_config", `${file} cannot be read: ${fact}`, { cause: error });
  }
}

function timesOf(database: string): string {
  return [database, `${database}-wal`].map((path) => {
    const facts = statOf(path);
    return facts && `${path} ${facts.mtime?.getTime()} ${facts.size}`;
  }).join();
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const fact = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_config", `${path} cannot be looked at: ${fact}`, { cause: error });
  }
}
