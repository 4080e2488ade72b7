import assert from "node:assert/strict";
import process from "node:process";
import { batchArguments } from "../../../lib/commands/run/batch_file.ts";
import { childArguments } from "../../../lib/commands/run/child.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

/** Runs with the environment and the platform's name that Windows has, as far as `cross-spawn` looks. */
async function onWindows(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "sidecar-child-" });
  const platform = Object.getOwnPropertyDescriptor(process, "platform");
  const kept = ["PATH", "PATHEXT", "comspec"].map((name) => [name, Deno.env.get(name)] as const);
  Object.defineProperty(process, "platform", { configurable: true, value: "win32" });
  Deno.env.set("PATH", folder);
  Deno.env.set("PATHEXT", ".EXE;.CMD");
  Deno.env.set("comspec", "cmd.exe");
  try {
    await run(folder);
  } finally {
    if (platform) Object.defineProperty(process, "platform", platform);
    for (const [name, value] of kept) {
      if (value === undefined) Deno.env.delete(name);
      else Deno.env.set(name, value);
    }
    await removeFolder(folder);
  }
}

Deno.test("child: outside Windows a command line is what it is", async () => {
  const args = ["exec", "a & b", '"'];
  assert.deepEqual(await childArguments("linux", "codex", args), {
    program: "codex",
    args,
    raw: false,
  });
});

Deno.test({
  name:
    "child: on Windows npm's batch file is started by a shell, every word quoted, and a missing program is told",
  ignore: Deno.build.os === "windows",
  fn: () =>
    onWindows(async (folder) => {
      await Deno.writeTextFile(`${folder}/codex.CMD`, "@rem");
      const words = ["-c", 'x.base_url="http://127.0.0.1:1/v1"', "mend a & b"];
      assert.deepEqual(await childArguments("windows", "codex", words), {
        program: "cmd.exe",
        args: batchArguments(`${folder}/codex.CMD`, words),
        raw: true,
      });
      await Deno.writeTextFile(`${folder}/native.EXE`, "");
      assert.deepEqual(await childArguments("windows", "native", ["a b"]), {
        program: "native",
        args: ["a b"],
        raw: false,
      });
      await assert.rejects(childArguments("windows", "nobody", []), Deno.errors.NotFound);
    }),
});
