/**
 * A user's home in a folder of its own, for tests of what `init` does to it.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { systemDisk } from "../../../lib/patch/disk/system_disk.ts";
import type { PatchContext } from "../../../lib/patch/integration.ts";
import rows from "../../patch/cc_switch_rows.json" with { type: "json" };
import { FakeClock } from "../clock/fake_clock.ts";
import { tempFolderSync } from "../system/temp_folder.ts";

/** A home that goes away with the test. */
export interface PatchHome {
  readonly path: string;
  readonly context: PatchContext;
  /** A file below the home, its folders made. */
  write(name: string, text: string): string;
  read(name: string): string;
}

/** Runs a test in a fresh home on a machine where nothing else runs. */
export async function inHome(
  run: (home: PatchHome) => Promise<void>,
  changes: Partial<PatchContext> = {},
): Promise<void> {
  const path = tempFolderSync("sidecar-home-");
  const context: PatchContext = {
    system: "linux",
    env: { HOME: path },
    port: 8411,
    stateDir: `${path}/state`,
    disk: systemDisk,
    clock: new FakeClock(),
    listening: () => Promise.resolve(false),
    processes: () => Promise.resolve([]),
    ...changes,
  };
  const write = (name: string, text: string) => {
    const file = `${path}/${name}`;
    Deno.mkdirSync(file.replace(/\/[^/]*$/, ""), { recursive: true });
    Deno.writeTextFileSync(file, text);
    return file;
  };
  try {
    await run({ path, context, write, read: (name) => Deno.readTextFileSync(`${path}/${name}`) });
  } finally {
    Deno.removeSync(path, { recursive: true });
  }
}

/** A provider's row as a test writes it. */
export type SwitchRow = Record<string, unknown> & { readonly id: string };

/** A database of cc-switch's with the rows of `cc_switch_rows.json`, closed again. */
export function switchDatabase(home: PatchHome, more: readonly SwitchRow[] = []): string {
  const file = home.write(".cc-switch/settings.json", JSON.stringify(rows.settings_json))
    .replace(/settings\.json$/, "cc-switch.db");
  const database = new DatabaseSync(file);
  database.exec(rows.ddl);
  for (const row of [...rows.providers, ...more] as readonly SwitchRow[]) {
    insert(database, "providers", row);
  }
  for (const row of rows.proxy_live_backup) insert(database, "proxy_live_backup", row);
  for (const [key, value] of Object.entries(rows.settings)) {
    insert(database, "settings", { key, value });
  }
  database.close();
  return file;
}

function insert(database: DatabaseSync, table: string, row: Record<string, unknown>): void {
  const values = Object.values(row).map((value) =>
    typeof value === "object" && value !== null ? JSON.stringify(value) : value as string | null
  );
  const names = Object.keys(row).join(", ");
  database.prepare(`INSERT INTO ${table} (${names}) VALUES (${values.map(() => "?").join(", ")})`)
    .run(...values);
}

/** Everything in a database, as one value to compare. */
export function contents(file: string): Record<string, unknown> {
  return withDatabase(file, (database) => {
    const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    const tables = names.map((
      { name },
    ) => [
      String(name),
      database.prepare(`SELECT * FROM ${name}`).all().map((row) => ({ ...row })),
    ]);
    return {
      ...Object.fromEntries(tables),
      schema: database.prepare("SELECT sql FROM sqlite_master").all().map(({ sql }) => sql),
      version: database.prepare("PRAGMA user_version").get()?.user_version,
      sound: database.prepare("PRAGMA integrity_check").get()?.integrity_check,
    };
  });
}

/** Opens a database for one use. */
export function withDatabase<T>(file: string, run: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(file, { timeout: 2000 });
  try {
    return run(database);
  } finally {
    database.close();
  }
}
