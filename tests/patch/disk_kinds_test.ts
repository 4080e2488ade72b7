/**
 * Files that are more than their content: other names, other owners, mounts, links into a store, pipes. Each is a real one.
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../../lib/base/clock.ts";
import { patientDisk } from "../../lib/patch/disk/held.ts";
import { diskFailure, troubleOf } from "../../lib/patch/disk/errors.ts";
import { replaceFile } from "../../lib/patch/disk/replace.ts";
import { systemDisk } from "../../lib/patch/disk/system_disk.ts";
import { readTextFile } from "../../lib/patch/text_file.ts";
import { FakeClock } from "../helpers/clock/fake_clock.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";
import { inNamespace, noNamespace } from "../helpers/system/namespace.ts";
import { denoDir, program } from "../helpers/program/program.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const unix = Deno.build.os !== "windows";
const root = unix && Deno.uid() === 0;
const linux = Deno.build.os === "linux";

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "sidecar-kinds-" }));
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "disk kinds: a file with two names keeps both",
  ignore: !unix,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.writeTextFile(`${folder}/a`, "a longer old text", { mode: 0o640 });
      await Deno.link(`${folder}/a`, `${folder}/b`);
      await replaceFile(systemDisk, `${folder}/a`, bytes("new"), bytes("a longer old text"));
      assert.equal(await Deno.readTextFile(`${folder}/b`), "new");
      const [a, b] = [await Deno.stat(`${folder}/a`), await Deno.stat(`${folder}/b`)];
      assert.deepEqual([a.ino, a.nlink, a.mode], [b.ino, 2, b.mode]);
      assert.deepEqual(await systemDisk.list(folder), ["a", "b"]);
      await assert.rejects(replaceFile(systemDisk, `${folder}/a`, bytes("x"), bytes("other")), {
        message: /was changed by another program just now$/,
      });
      assert.equal(await Deno.readTextFile(`${folder}/b`), "new");
    }),
});

Deno.test({
  name: "disk kinds: under root, what is new belongs to the owner of its folder (as root)",
  ignore: !root,
  fn: () =>
    inFolder(async (folder) => {
      await Deno.chown(folder, 1234, 4321);
      await systemDisk.makeFolder(`${folder}/a/b`);
      await replaceFile(systemDisk, `${folder}/a/b/c`, bytes("new"), undefined);
      const release = await systemDisk.lock(`${folder}/a/lock`);
      assert.equal(await systemDisk.lock(`${folder}/a/lock`), undefined);
      release?.();
      for (const name of ["a", "a/b", "a/b/c", "a/lock"]) {
        const owner = { user: 1234, group: 4321 };
        assert.deepEqual((await systemDisk.stat(`${folder}/${name}`))?.owner, owner, name);
      }
    }),
});

Deno.test({
  name: "disk kinds: a pipe is refused and not waited for",
  ignore: !linux,
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}/config.toml`;
      await new Deno.Command("mkfifo", { args: [path] }).output();
      const fact = /it is a pipe, a device or a socket, and no file$/;
      await assert.rejects(readTextFile(systemDisk, path), { code: "bad_config", message: fact });
      await assert.rejects(replaceFile(systemDisk, path, bytes("x"), undefined), { message: fact });
      assert.ok((await Deno.stat(path)).isFifo);
      assert.deepEqual(await systemDisk.list(folder), ["config.toml"]);
    }),
});

const texts: [name: string, bytes: number[]][] = [
  ["little end first, with its mark", [0xff, 0xfe, 0x61, 0]],
  ["big end first, with its mark", [0xfe, 0xff, 0, 0x61]],
  ["little end first, without", [0x61, 0, 0x62, 0]],
  ["big end first, without", [0, 0x61, 0, 0x62]],
];
for (const [name, content] of texts) {
  Deno.test(`disk kinds: UTF-16 is said as such: ${name}`, async () => {
    const disk = new MemoryDisk();
    disk.files.set("/a", { bytes: new Uint8Array(content), mode: 0o600, changed: 1 });
    await assert.rejects(readTextFile(disk, "/a"), {
      code: "bad_config",
      message: "/a is UTF-16 text, as PowerShell's > writes it",
    });
  });
}

Deno.test("disk kinds: errors are told apart by number, whatever the language of the system", () => {
  const rows = [
    ["windows", "Der Prozess kann nicht zugreifen. (os error 32): rename", "busy"],
    ["windows", "拒绝访问。 (os error 5)", "denied"],
    ["windows", "磁盘空间不足。 (os error 112)", "full"],
    ["windows", "(os error 28)", "other"],
    ["linux", "Kein Platz mehr (os error 28)", "full"],
    ["linux", "(os error 16)", "busy"],
    ["linux", "(os error 30)", "read_only"],
    ["darwin", "(os error 69)", "full"],
    ["linux", "permission denied", "other"],
  ] as const;
  for (const [system, message, trouble] of rows) {
    assert.equal(troubleOf(new Error(message), system), trouble, message);
  }
  const { fullMessage } = diskFailure("write x", new Error("拒绝访问。 (os error 5)"), "windows");
  assert.equal(
    fullMessage,
    "Cannot write x: the system does not permit it, or another program holds it open. " +
      "Close programs that use it, or check who may write it",
  );
});

Deno.test("disk kinds: on Windows a held file is tried again for two seconds, and elsewhere not at all", async () => {
  const rows = [["windows", 5, 6, true], ["windows", 99, 21, false], [
    "linux",
    5,
    1,
    false,
  ]] as const;
  for (const [system, heldFor, tries, done] of rows) {
    const clock = new FakeClock();
    let count = 0;
    const rename = () =>
      ++count > heldFor ? Promise.resolve() : Promise.reject(new Error("(os error 32)"));
    const disk = patientDisk({ ...systemDisk, rename }, clock, system);
    let end: unknown;
    const run = disk.rename("a", "b").then(() => end = true, () => end = false);
    await clock.advance(10_000);
    await run;
    assert.deepEqual([end, count, clock.armed], [done, tries, 0], system);
  }
});

/** `init` and `undo` of the real program on a config.toml that a mount or a link made special. */
const mounts: [name: string, script: string, says: RegExp | undefined][] = [
  [
    "one that is mounted on its place is written in place",
    'touch "$1/m"; cp "$1/config.toml" "$1/m"; mount --bind "$1/m" "$1/config.toml"; change; ' +
    'cmp "$1/m" "$1/config.toml"; ! cmp -s "$1/m" "$1/kept"; back',
    undefined,
  ],
  [
    "one that is mounted in a folder that takes no new file is written in place",
    'cp "$1/config.toml" "$1/m"; mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; mount --bind "$1/m" "$1/config.toml"; ' +
    'mount -o remount,bind,rw "$1/config.toml"; change; back',
    undefined,
  ],
  [
    "one on a file system of its own",
    'cp "$1/config.toml" "$1/../c"; mount -t tmpfs none "$1"; cp "$1/../c" "$1/config.toml"; cp "$1/../c" "$1/kept"; change; back',
    undefined,
  ],
  [
    "one on a read-only file system is named",
    'mount --bind "$1" "$1"; mount -o remount,bind,ro "$1"; refused',
    /Cannot write \S+\/config\.toml: the file system is read-only/,
  ],
  [
    "a link into Nix's store is named with what it leads to",
    'mkdir -p /nix/store; mount -t tmpfs none /nix/store; cp "$1/config.toml" /nix/store/h-config.toml; ' +
    'ln -sf /nix/store/h-config.toml "$1/config.toml"; refused; ' +
    'cmp /nix/store/h-config.toml "$1/kept"',
    /Cannot write \S+\/config\.toml, which is \/nix\/store\/h-config\.toml: a package manager makes that file/,
  ],
];

Deno.test({
  name: `disk kinds: mounts and links${noNamespace ? ` (ignored: ${noNamespace})` : ""}`,
  ignore: noNamespace !== undefined,
  async fn(test) {
    for (const [name, script, says] of mounts) {
      await test.step(name, () =>
        inFolder(async (folder) => {
          const home = `${folder}/.codex`;
          await Deno.mkdir(home);
          const text =
            'model_provider = "a"\n[model_providers.a]\nbase_url = "https://a.example/v1"\n';
          for (const file of ["config.toml", "kept"]) {
            await Deno.writeTextFile(`${home}/${file}`, text);
          }
          const words = program.map((word) => `'${word}'`).join(" ");
          const start = `sidecar() { ${words} "$@"; }
change() { sidecar init --yes --only codex; ! cmp -s "$HOME/.codex/config.toml" "$HOME/.codex/kept"; }
back() { sidecar undo --yes --only codex; cmp "$HOME/.codex/config.toml" "$HOME/.codex/kept"; }
refused() { ! sidecar init --yes --only codex || exit 9; cmp "$HOME/.codex/config.toml" "$HOME/.codex/kept"; }
`;
          const made = await nixFolder();
          try {
            const env = {
              HOME: folder,
              DENO_DIR: denoDir,
              CODEX_HOME: "",
              XDG_STATE_HOME: "",
              SUDO_UID: "",
            };
            const { code, said } = await inNamespace(start + script, [home], env);
            assert.equal(code, 0, said);
            if (says) assert.match(said, says);
          } finally {
            if (made) await Deno.remove(made, { recursive: true });
          }
        }));
    }
  },
});

/** A mount point where there is none; the name of what was made. */
async function nixFolder(): Promise<string | undefined> {
  if (await systemDisk.stat("/nix")) return undefined;
  await Deno.mkdir("/nix/store", { recursive: true });
  return "/nix";
}

Deno.test({
  name:
    "disk kinds: a file that a program of Windows holds open is told so, and is as it was; released, it is written",
  ignore: Deno.build.os !== "windows",
  fn: () =>
    inFolder(async (folder) => {
      const path = `${folder}\\config.toml`;
      await Deno.writeTextFile(path, "old");
      // SQLite opens a file so that nobody can replace it, and keeps it open whatever is in it.
      const holder = new DatabaseSync(path);
      assert.throws(() => holder.exec("SELECT 1 FROM sqlite_master"));
      await assert.rejects(replaceFile(systemDisk, path, bytes("new"), bytes("old")), {
        code: "bad_config",
        message: /another program holds it open$/,
      });
      assert.equal(await Deno.readTextFile(path), "old");
      const patient = patientDisk(systemDisk, systemClock, "windows");
      const writing = replaceFile(patient, path, bytes("new"), bytes("old"));
      holder.close();
      await writing;
      assert.equal(await Deno.readTextFile(path), "new");
    }),
});
