import assert from "node:assert/strict";
import { asFailure } from "../../../lib/base/errors.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import type { PatchOptions } from "../../../lib/commands/patch/patching.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import { systemDisk } from "../../../lib/patch/disk/system_disk.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";
import {
  contents,
  inHome,
  type PatchHome,
  switchDatabase,
} from "../../helpers/settings/patch_home.ts";

const YES = { yes: true, all: true };

/** The machine of a home on the real disk; nobody can be asked for models. */
function machineOf({ path }: PatchHome, version?: string) {
  const machine = testMachine(new MemoryDisk({}), {
    env: { HOME: path },
    codexVersion: () => Promise.resolve(version),
  });
  return Object.assign(machine, { disk: systemDisk });
}

const refusals: [
  what: string,
  options: PatchOptions,
  files: Record<string, string>,
  why: RegExp,
][] = [
  ["with --provider", { ...YES, provider: "mimo" }, {}, /--provider adds another/],
  ["without Codex", { ...YES, only: "cc-switch" }, {}, /--only leaves out/],
  ["without cc-switch", YES, {}, /cc-switch keeps nothing here/],
  [
    "with a cc-switch of long ago",
    YES,
    { "/h/.cc-switch/config.json": "{}" },
    /config\.json, which --all does not read.*3\.8/,
  ],
];

for (const [what, options, files, why] of refusals) {
  Deno.test(`init --all: refused ${what}`, async () => {
    const machine = testMachine(new MemoryDisk(files));
    await assert.rejects(
      () => init(options, machine),
      (error) => why.test(asFailure(error).fullMessage),
    );
    assert.deepEqual(machine.disk.written, []);
  });
}

Deno.test("init --all: without an answer the models are those that cc-switch names; no key is shown; undo is exact", async () => {
  for (const version of ["0.169.0", "0.142.0", undefined]) {
    await inHome(async (home) => {
      const database = switchDatabase(home);
      const before = contents(database);
      const machine = machineOf(home, version);
      assert.equal(await init({ ...YES, dryRun: true }, machine), 0);
      assert.deepEqual(contents(database), before);
      assert.equal(await init(YES, machine), 0);
      assert.match(machine.said(), /Zhipu GLM: Nobody can be asked, so those .*: glm-5\.2\./);
      assert.doesNotMatch(machine.said(), /TESTKEY|sidecar-pass/);
      const text = home.read(".codex/config.toml");
      assert.equal(/^model_catalog_url = /m.test(text), version === "0.169.0");
      assert.equal(/^model_catalog_json = /m.test(text), version !== "0.169.0");
      const mode = (file: string) => (Deno.statSync(`${home.path}/${file}`).mode ?? 0) & 0o777;
      // Windows has no such bits; the profile folder's own access list keeps others out
      if (Deno.build.os !== "windows") {
        assert.equal(mode(".local/state/codex-sidecar/all-rows.json"), 0o600);
        assert.equal(mode(".codex/config.toml"), 0o600);
      }
      assert.equal(await undo({ yes: true }, machine), 0);
      assert.deepEqual(contents(database), before);
      assert.deepEqual([...Deno.readDirSync(`${home.path}/.codex`)], []);
    });
  }
});

Deno.test("init --all: a later init goes on with it, also where cc-switch is gone", async () => {
  await inHome(async (home) => {
    switchDatabase(home);
    const machine = machineOf(home, "0.169.0");
    assert.equal(await init(YES, machine), 0);
    const text = home.read(".codex/config.toml");
    home.write(".codex/config.toml", text.replace(/^model_catalog_url.*\n/m, ""));
    assert.equal(await init({ yes: true }, machine), 0);
    const lines = (one: string) => one.split("\n").sort();
    assert.deepEqual(lines(home.read(".codex/config.toml")), lines(text));
    Deno.removeSync(`${home.path}/.cc-switch`, { recursive: true });
    assert.equal(await init({ yes: true }, machine), 0);
    assert.match(machine.said(), /what init --all made stays as it is\./);
    assert.deepEqual(lines(home.read(".codex/config.toml")), lines(text));
    assert.equal(await undo({ yes: true }, machine), 0);
    assert.deepEqual([...Deno.readDirSync(`${home.path}/.codex`)], []);
  });
});
