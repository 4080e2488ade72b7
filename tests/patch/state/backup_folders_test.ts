import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { makeBackupFolder } from "../../../lib/patch/state/backup_folders.ts";
import { replaceFile, sweep } from "../../../lib/patch/disk/replace.ts";
import { systemDisk } from "../../../lib/patch/disk/system_disk.ts";

/** Everything below a folder: `name` for a file, `name/` for a folder. */
function names(folder: string, inner = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${inner}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? [`${inner}${name}/`, ...names(folder, `${inner}${name}/`)] : [`${inner}${name}`]
  ).sort();
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const at = (second: number) => `2026-11-25T10:00:${String(second).padStart(2, "0")}.000Z`;

Deno.test("backup_folders: ten of ours are kept, the oldest go first", () =>
  inFolder(async (stateDir) => {
    for (let n = 0; n < 13; n++) {
      const folder = await makeBackupFolder({
        system: "linux",
        disk: systemDisk,
        stateDir,
        at: at(n),
      });
      await Deno.writeTextFile(`${folder}/codex-1-config.toml`, "x");
    }
    const kept = [...Deno.readDirSync(`${stateDir}/backups`)].map(({ name }) => name).sort();
    assert.deepEqual(kept, Array.from({ length: 10 }, (_, n) => at(n + 3).replaceAll(":", "-")));
  }));

Deno.test("backup_folders: nothing else is ever removed, whatever it is called", () =>
  inFolder(async (stateDir) => {
    const all = `${stateDir}/backups`;
    const before = "2020-01-01T00-00-00.000Z";
    const marker = ".sidecar-backup";
    // One of an older sidecar, without a marker; a user's; one with another's marker; one with a folder in it
    for (const name of [before, "0-mine", `${before}-2`, `${before}-3`]) {
      await Deno.mkdir(`${all}/${name}`, { recursive: true });
      await Deno.writeTextFile(`${all}/${name}/keep`, name);
    }
    const made = await makeBackupFolder({ system: "linux", disk: systemDisk, stateDir, at: at(0) });
    const text = await Deno.readTextFile(`${made}/${marker}`);
    await Deno.writeTextFile(`${all}/0-mine/${marker}`, text);
    await Deno.writeTextFile(`${all}/${before}-2/${marker}`, "another's\n");
    await Deno.writeTextFile(`${all}/${before}-3/${marker}`, text);
    await Deno.mkdir(`${all}/${before}-3/folder`);
    await Deno.writeTextFile(`${all}/${before}-3/folder/keep`, "");
    // A file, and a link to a folder of the user's, in place of folders
    await Deno.writeTextFile(`${all}/${before}-4`, "");
    await Deno.mkdir(`${stateDir}/user`);
    await Deno.writeTextFile(`${stateDir}/user/keep`, "");
    await Deno.symlink(`${stateDir}/user`, `${all}/${before}-5`);
    const kept = names(stateDir).filter((name) => !name.includes("2026-"));
    for (let n = 1; n < 15; n++) {
      await makeBackupFolder({ system: "linux", disk: systemDisk, stateDir, at: at(n) });
    }
    assert.deepEqual(names(stateDir).filter((name) => !name.includes("2026-")), kept);
    // Wine lists no link to a folder outside its own drive, which Windows does
    const others = kept.filter((name) => /^backups\/[^/]+\/?$/.test(name)).length;
    assert.equal([...Deno.readDirSync(all)].length, others + 10);
  }));

Deno.test("disk: a folder where a draft would be is nobody's draft, full or empty", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a`;
    const bytes = new TextEncoder().encode("new");
    for (const inner of [undefined, "keep"]) {
      await Deno.mkdir(`${file}.sidecar-new`, { recursive: true });
      if (inner) await Deno.writeTextFile(`${file}.sidecar-new/${inner}`, "");
      const before = names(folder);
      await assert.rejects(
        replaceFile(systemDisk, file, bytes, undefined),
        (error) =>
          error instanceof Failure && error.code === "bad_config" &&
          error.message === `Cannot remove ${file}.sidecar-new: it is a folder`,
      );
      await sweep(systemDisk, file);
      assert.deepEqual(names(folder), before);
    }
  }));

Deno.test("disk: a draft that a killed run left is taken over and swept", () =>
  inFolder(async (folder) => {
    const file = `${folder}/a`;
    await Deno.writeTextFile(`${file}.sidecar-new`, "half");
    await replaceFile(systemDisk, file, new TextEncoder().encode("new"), undefined);
    assert.deepEqual(names(folder), ["a"]);
    await Deno.writeTextFile(`${file}.sidecar-new`, "half");
    await sweep(systemDisk, file);
    assert.deepEqual(names(folder), ["a"]);
  }));
