import assert from "node:assert/strict";
import { same } from "../../lib/patch/disk/disk.ts";
import { replaceFile } from "../../lib/patch/disk/replace.ts";
import { systemDisk } from "../../lib/patch/disk/system_disk.ts";
import { applyFiles } from "../../lib/patch/file_changes.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const unix = Deno.build.os !== "windows";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sidecar-disk-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("disk: a file is replaced whole; its mode stays, and nothing lies beside it", () =>
  inFolder(async (folder) => {
    const path = `${folder}/a`;
    await Deno.writeTextFile(path, "old", { mode: 0o640 });
    if (unix) await Deno.chmod(path, 0o640);
    await replaceFile(systemDisk, path, bytes("new"), bytes("old"));
    assert.equal(await Deno.readTextFile(path), "new");
    if (unix) assert.equal((await systemDisk.stat(path))?.mode, 0o640);
    assert.deepEqual(await systemDisk.list(folder), ["a"]);
  }));

Deno.test("disk: a new file is for its owner alone", () =>
  inFolder(async (folder) => {
    await replaceFile(systemDisk, `${folder}/a`, bytes("new"), undefined);
    if (unix) assert.equal((await systemDisk.stat(`${folder}/a`))?.mode, 0o600);
  }));

Deno.test({
  name: "disk: a link is followed and kept",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/real`);
      await Deno.writeTextFile(`${folder}/real/a`, "old");
      await Deno.symlink("real/a", `${folder}/one`);
      await Deno.symlink("one", `${folder}/two`);
      await replaceFile(systemDisk, `${folder}/two`, bytes("new"), bytes("old"));
      assert.equal(await Deno.readTextFile(`${folder}/real/a`), "new");
      assert.ok((await Deno.lstat(`${folder}/two`)).isSymlink);
      assert.deepEqual(await systemDisk.list(`${folder}/real`), ["a"]);
    }),
});

Deno.test({
  name: "disk: the owner stays, also when root writes",
  ignore: !unix || Deno.uid() !== 0,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/a`, "old");
      await Deno.chown(`${folder}/a`, 1234, 4321);
      await replaceFile(systemDisk, `${folder}/a`, bytes("new"), bytes("old"));
      assert.deepEqual((await systemDisk.stat(`${folder}/a`))?.owner, { user: 1234, group: 4321 });
    }),
});

Deno.test("disk: bytes that are not those that were read are left alone", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "theirs");
    for (const expected of [bytes("old"), undefined]) {
      await assert.rejects(replaceFile(systemDisk, `${folder}/a`, bytes("new"), expected), {
        code: "bad_config",
        message: `${folder}/a was changed by another program just now`,
      });
    }
    assert.equal(await Deno.readTextFile(`${folder}/a`), "theirs");
    assert.deepEqual(await systemDisk.list(folder), ["a"]);
  }));

Deno.test("disk: a folder in the way is said to be one", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a`);
    await assert.rejects(replaceFile(systemDisk, `${folder}/a`, bytes("new"), undefined), {
      code: "bad_config",
      message: `Cannot write ${folder}/a: it is a folder`,
    });
  }));

Deno.test({
  name: "disk: a link that leads to nothing stays a link, and goes on to lead there",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.mkdir(`${folder}/far`);
      await Deno.symlink("b", `${folder}/a`);
      await Deno.symlink("far/c", `${folder}/b`);
      const path = `${folder}/a`;
      await applyFiles(systemDisk, [{ path, before: undefined, after: bytes("new") }]);
      assert.equal(await Deno.readTextFile(`${folder}/far/c`), "new");
      await applyFiles(systemDisk, [{ path, before: bytes("new"), after: undefined }]);
      assert.deepEqual(await systemDisk.list(`${folder}/far`), []);
      assert.deepEqual([await Deno.readLink(path), await Deno.readLink(`${folder}/b`)], [
        "b",
        "far/c",
      ]);
    }),
});

Deno.test("disk: what is not there reads as nothing, below a file too", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "");
    for (const path of [`${folder}/b`, `${folder}/a/b`]) {
      assert.deepEqual(
        [await systemDisk.read(path), await systemDisk.stat(path), await systemDisk.realPath(path)],
        [undefined, undefined, undefined],
      );
    }
    assert.deepEqual(await systemDisk.list(`${folder}/b`), []);
    await systemDisk.remove(`${folder}/b`);
  }));

Deno.test("disk: same tells bytes and absence apart", () => {
  assert.deepEqual(
    [
      same(bytes("a"), bytes("a")),
      same(bytes("a"), bytes("b")),
      same(bytes(""), undefined),
      same(undefined, undefined),
    ],
    [true, false, false, true],
  );
});
