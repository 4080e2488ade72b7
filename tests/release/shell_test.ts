/** Every shell script of the gate and the release, read by shellcheck where this machine has it, and by sh itself. */

import assert from "node:assert/strict";
import { which } from "./install_world.ts";

const top = new URL("../../", import.meta.url);

function scripts(): { path: string; shell: string }[] {
  return [".ci", ".github/release"].flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, top))].map(({ name }) => `${folder}/${name}`)
  ).sort().flatMap((path) => {
    const [, shell] = /^#!\S*[/ ](\w+)\n/.exec(Deno.readTextFileSync(new URL(path, top))) ?? [];
    return shell === "sh" || shell === "bash" ? [{ path, shell }] : [];
  });
}

async function run(command: string, args: readonly string[], input?: string) {
  const child = new Deno.Command(command, {
    args: [...args],
    cwd: top,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input ?? ""));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
}

const here = which("shellcheck") !== undefined;
const ignore = Deno.build.os === "windows";

Deno.test({
  name: `shell: shellcheck finds nothing${
    here ? "" : " (ignored: this machine has no shellcheck)"
  }`,
  ignore: ignore || !here,
  async fn() {
    const paths = scripts().map(({ path }) => path);
    for (const path of [".ci/run", ".github/release/install.sh", ".github/release/pack.sh"]) {
      assert.ok(paths.includes(path), path);
    }
    assert.deepEqual(await run("shellcheck", ["--norc", ...paths]), { code: 0, said: "" });
    const bad = await run("shellcheck", ["--norc", "-"], "#!/bin/sh\nrm -r $1/x\n");
    assert.match(bad.said, /SC2086/);
  },
});

for (const { path, shell } of scripts()) {
  Deno.test({
    name: `shell: ${path} can be read by ${shell}, and be run`,
    ignore,
    async fn() {
      assert.deepEqual(await run(shell, ["-n", path]), { code: 0, said: "" });
      assert.ok(((await Deno.stat(new URL(path, top))).mode ?? 0) & 0o100, "it is not executable");
    },
  });
}
