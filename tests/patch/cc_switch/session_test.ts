import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { copyDatabase } from "../../../lib/patch/cc_switch/session.ts";

/** A database with one row, in a folder of its own. */
function made(mode: string) {
  const dir = Deno.makeTempDirSync({ prefix: "cc-switch-session-" });
  const [file, copy] = [`${dir}/from.db`, `${dir}/to.db`];
  const database = new DatabaseSync(file);
  database.exec(`PRAGMA journal_mode = ${mode}; CREATE TABLE t (x); INSERT INTO t VALUES (1)`);
  return { dir, file, copy, database };
}

function rows(file: string) {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare("SELECT x FROM t").all().map(({ x }) => x);
}

for (const mode of ["DELETE", "WAL"]) {
  Deno.test({
    name: `cc_switch_session: a copy in ${mode} mode needs no permission but files`,
    permissions: { read: true, write: true },
    async fn() {
      const { dir, file, copy, database } = made(mode);
      await copyDatabase(file, copy);
      assert.deepEqual(rows(copy), [1]);
      database.close();
      Deno.removeSync(dir, { recursive: true });
    },
  });
}

Deno.test("cc_switch_session: a copy waits for another program's lock, and not for ever", async () => {
  const { dir, file, copy, database } = made("DELETE");
  database.exec("BEGIN EXCLUSIVE");
  await assert.rejects(
    copyDatabase(file, copy, { timeout: 30 }),
    /from\.db: it is locked by another program/,
  );
  database.exec("COMMIT");
  await copyDatabase(file, copy, { timeout: 30 });
  assert.deepEqual(rows(copy), [1]);
  database.close();
  Deno.removeSync(dir, { recursive: true });
});
