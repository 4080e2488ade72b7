import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openInjectedRows } from "../../../lib/commands/serve/injected_rows.ts";
import { allRowsText } from "../../../lib/patch/all_rows.ts";
import { inHome, type PatchHome, switchDatabase } from "../../helpers/settings/patch_home.ts";

const NOTE = ".local/state/codex-sidecar/all-rows.json";
const TOKEN = "sidecar-pass-1";

/** A home with the usual database, its reader, and what the reader said. */
async function reading(
  run: (
    parts: { home: PatchHome; database: string; read: () => string[]; said: string[] },
  ) => void,
) {
  await inHome((home) => {
    const database = switchDatabase(home);
    const said: string[] = [];
    const rows = openInjectedRows({ system: "linux", env: { HOME: home.path } }, {
      notice: (_, message) => said.push(message),
    });
    run({
      home,
      database,
      read: () => rows().map(({ key, localToken }) => `${key} ${localToken}`),
      said,
    });
    return Promise.resolve();
  });
}

const note = (home: PatchHome, database: string) =>
  home.write(NOTE, allRowsText({ database, port: 8411, fronts: [], localToken: TOKEN }));

Deno.test("injected rows: none without a note, those of the database with one, and none when it is gone again", async () => {
  await reading(({ home, database, read, said }) => {
    assert.deepEqual(read(), []);
    const file = note(home, database);
    assert.ok(read().includes(`tp-TESTKEY-not-real ${TOKEN}`), read().join());
    const db = new DatabaseSync(database);
    db.exec(
      "UPDATE providers SET settings_config = replace(settings_config, 'tp-TEST', 'tp-NEXT')",
    );
    db.close();
    assert.ok(read().includes(`tp-NEXTKEY-not-real ${TOKEN}`), "a changed key counts at once");
    Deno.removeSync(file);
    assert.deepEqual([read(), said], [[], []]);
  });
});

Deno.test("injected rows: a database that another program holds counts as unchanged, and is told once", async () => {
  await reading(({ home, database, read, said }) => {
    note(home, database);
    const before = read();
    const db = new DatabaseSync(database);
    db.exec("BEGIN EXCLUSIVE");
    Deno.utimeSync(database, 1, 1);
    assert.deepEqual([read(), read()], [before, before]);
    assert.equal(said.length, 1);
    assert.match(said[0] ?? "", /locked/);
    assert.doesNotMatch(said[0] ?? "", /TESTKEY/);
    db.exec("COMMIT");
    db.close();
    assert.deepEqual(read(), before);
  });
});

Deno.test("injected rows: a note that others can write, or that is no note, has no upstreams", async () => {
  await reading(({ home, database, read, said }) => {
    const file = note(home, database);
    assert.notEqual(read().length, 0);
    // Windows has no such bits; the profile folder's own access list keeps others out
    if (Deno.build.os !== "windows") {
      Deno.chmodSync(file, 0o666);
      assert.deepEqual(read(), []);
      assert.match(said[0] ?? "", /can be written by every user/);
      Deno.chmodSync(file, 0o600);
      assert.notEqual(read().length, 0);
    }
    for (const text of ["", "{}", '{"version":2,"database":"x","port":1,"pass":"p"}']) {
      home.write(NOTE, text);
      assert.deepEqual(read(), [], text);
    }
  });
});
