import assert from "node:assert/strict";
import { rotatingFile } from "../../lib/observe/rotate.ts";
import { lineWriter } from "../../lib/observe/writer.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

async function inFolder(use: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await use(dir);
  } finally {
    await removeFolder(dir);
  }
}

async function files(dir: string): Promise<Record<string, string>> {
  const out: Record<string, string> = {};
  for (const { name } of [...Deno.readDirSync(dir)].sort((a, b) => a.name < b.name ? -1 : 1)) {
    out[name] = await Deno.readTextFile(`${dir}/${name}`);
  }
  return out;
}

Deno.test("rotate: full files move on, the oldest goes, no batch is split", async () => {
  await inFolder(async (dir) => {
    const file = await rotatingFile(`${dir}/log`, { maxSize: 8, keep: 2 });
    for (const text of ["one\n", "two\n", "three\n", "four\n", "a line longer than all\n", "z\n"]) {
      assert.equal(await file.write(bytes(text)), text.length);
    }
    file.close();
    assert.deepEqual(await files(dir), {
      "log": "z\n",
      "log.1": "a line longer than all\n",
      "log.2": "four\n",
    });
  });
});

Deno.test("rotate: an empty file takes what is longer than a file, and does not move on empty", async () => {
  await inFolder(async (dir) => {
    const file = await rotatingFile(`${dir}/log`, { maxSize: 8 });
    await file.write(bytes("a line longer than all\n"));
    file.close();
    assert.deepEqual(await files(dir), { "log": "a line longer than all\n" });
  });
});

Deno.test("rotate: what stood there before counts, and is appended to", async () => {
  await inFolder(async (dir) => {
    await Deno.writeTextFile(`${dir}/log`, "old\n");
    for (const text of ["new\n", "next\n"]) {
      const file = await rotatingFile(`${dir}/log`, { maxSize: 8 });
      await file.write(bytes(text));
      file.close();
    }
    assert.deepEqual(await files(dir), { "log": "next\n", "log.1": "old\nnew\n" });
  });
});

Deno.test({
  name: "rotate: files belong to their owner alone",
  ignore: Deno.build.os === "windows",
  fn: () =>
    inFolder(async (dir) => {
      const file = await rotatingFile(`${dir}/log`, { maxSize: 2 });
      await file.write(bytes("a\n"));
      await file.write(bytes("b\n"));
      file.close();
      for (const name of ["log", "log.1"]) {
        assert.equal((await Deno.stat(`${dir}/${name}`)).mode! & 0o777, 0o600, name);
      }
    }),
});

Deno.test("rotate: where a file cannot be moved the lines go on into it", async () => {
  await inFolder(async (dir) => {
    await Deno.mkdir(`${dir}/log.1/in/the/way`, { recursive: true });
    const file = await rotatingFile(`${dir}/log`, { maxSize: 8, keep: 1 });
    for (const text of ["one\n", "two\n", "three\n"]) await file.write(bytes(text));
    file.close();
    assert.equal(await Deno.readTextFile(`${dir}/log`), "one\ntwo\nthree\n");
  });
});

Deno.test("rotate: lines of the log's writer arrive whole and in order over all files", async () => {
  await inFolder(async (dir) => {
    const file = await rotatingFile(`${dir}/log`, { maxSize: 50, keep: 100 });
    const writer = lineWriter(file);
    const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`);
    for (const [i, line] of lines.entries()) {
      writer.write(line);
      if (i % 7 === 0) await writer.flush();
    }
    await writer.flush();
    file.close();
    const all = Object.entries(await files(dir)).sort(([a], [b]) =>
      (Number(b.split(".")[1]) || 0) - (Number(a.split(".")[1]) || 0)
    );
    assert.equal(all.map(([, text]) => text).join(""), lines.map((line) => `${line}\n`).join(""));
    assert.ok(all.length > 5);
  });
});
