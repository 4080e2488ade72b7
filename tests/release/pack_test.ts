/** The archives of a release, made of stand-ins for the binaries, and the folder that the image is built from. */

import assert from "node:assert/strict";
import { which } from "./install_world.ts";
import { removeFolder } from "../helpers/system/temp_folder.ts";

const scripts = new URL("../../.github/release/", import.meta.url).pathname;
const missing = ["zip", "unzip", "sha256sum"].filter((name) => !which(name));
const ignore = Deno.build.os !== "linux" || missing.length > 0;
const why = ignore ? ` (ignored: it needs Linux, zip, unzip and sha256sum)` : "";

const BUILDS = {
  "sidecar-linux-x64": "sidecar",
  "sidecar-linux-arm64": "sidecar",
  "sidecar-macos-arm64": "sidecar",
  "sidecar-windows-x64": "sidecar.exe",
};

async function inWorld(run: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir({ prefix: "pack-" });
  for (const [name, file] of Object.entries(BUILDS)) {
    Deno.mkdirSync(`${root}/binaries/${name}`, { recursive: true });
    // As downloaded from another job: the mode is lost
    Deno.writeTextFileSync(`${root}/binaries/${name}/${file}`, name, { mode: 0o644 });
  }
  Deno.writeTextFileSync(`${root}/binaries/THIRD-PARTY.txt`, "theirs");
  Deno.mkdirSync(`${root}/out`);
  Deno.writeTextFileSync(`${root}/out/install.sh`, "echo");
  try {
    await run(root);
  } finally {
    await removeFolder(root);
  }
}

async function sh(command: string, cwd: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-ec", command],
    cwd,
    env: {
      SOURCE_DATE_EPOCH: "1763884800",
      TZ: "Asia/Shanghai",
      PATH: `${scripts}:${Deno.env.get("PATH")}`,
    },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

Deno.test({
  name: `pack: every archive has its folder with program, licence, manual and settings${why}`,
  ignore,
  fn: () =>
    inWorld(async (root) => {
      await sh("pack.sh binaries out", root);
      assert.deepEqual([...Deno.readDirSync(`${root}/out`)].map(({ name }) => name).sort(), [
        "SHA256SUMS",
        "install.sh",
        "sidecar-linux-arm64.tar.gz",
        "sidecar-linux-x64.tar.gz",
        "sidecar-macos-arm64.tar.gz",
        "sidecar-windows-x64.zip",
      ]);
      const rows = await sh("tar -tvzf out/sidecar-linux-x64.tar.gz", root);
      assert.deepEqual(
        rows.trim().split("\n").map((row) => row.split(/\s+/)).map((
          row,
        ) => [row[0], row[1], row[5]]),
        [
          ["drwxr-xr-x", "0/0", "sidecar-linux-x64/"],
          ["-rw-r--r--", "0/0", "sidecar-linux-x64/LICENSE"],
          ["-rw-r--r--", "0/0", "sidecar-linux-x64/README.md"],
          ["-rw-r--r--", "0/0", "sidecar-linux-x64/THIRD-PARTY.txt"],
          ["-rw-r--r--", "0/0", "sidecar-linux-x64/config.example.yaml"],
          ["-rwxr-xr-x", "0/0", "sidecar-linux-x64/sidecar"],
        ],
      );
      assert.equal(
        await sh("tar -xzOf out/sidecar-linux-x64.tar.gz sidecar-linux-x64/sidecar", root),
        "sidecar-linux-x64",
      );
      const zip = (await sh("unzip -Z1 out/sidecar-windows-x64.zip", root)).trim().split("\n");
      assert.deepEqual(
        zip,
        ["", "LICENSE", "README.md", "THIRD-PARTY.txt", "config.example.yaml", "sidecar.exe"]
          .map((name) => `sidecar-windows-x64/${name}`),
      );
    }),
});

Deno.test({
  name: `pack: SHA256SUMS names every file of the release, and holds${why}`,
  ignore,
  fn: () =>
    inWorld(async (root) => {
      await sh("pack.sh binaries out", root);
      const rows = Deno.readTextFileSync(`${root}/out/SHA256SUMS`).trim().split("\n");
      assert.deepEqual(rows.map((row) => row.replace(/^[0-9a-f]{64} {2}/, "")), [
        "install.sh",
        "sidecar-linux-arm64.tar.gz",
        "sidecar-linux-x64.tar.gz",
        "sidecar-macos-arm64.tar.gz",
        "sidecar-windows-x64.zip",
      ]);
      await sh("cd out; sha256sum --check --strict SHA256SUMS", root);
    }),
});

Deno.test({
  name: `pack: the same files give the same archives, at any time and in any order${why}`,
  ignore,
  fn: () =>
    inWorld(async (root) => {
      const once = await sh("pack.sh binaries out", root);
      await sh("touch -d 2001-01-01 binaries/*/*; umask 077; pack.sh binaries out", root);
      assert.equal(Deno.readTextFileSync(`${root}/out/SHA256SUMS`), once);
    }),
});

Deno.test({
  name: `image: the context holds both programs, the licence and the Dockerfile${why}`,
  ignore,
  fn: () =>
    inWorld(async (root) => {
      await sh("pack.sh binaries out; image.sh out context", root);
      assert.equal(
        await sh(
          "cd context; find . -type f | sort; cat amd64/sidecar; echo; cat arm64/sidecar; test -x arm64/sidecar",
          root,
        ),
        "./Dockerfile\n./LICENSE\n./THIRD-PARTY.txt\n./amd64/sidecar\n./arm64/sidecar\nsidecar-linux-x64\nsidecar-linux-arm64",
      );
    }),
});
