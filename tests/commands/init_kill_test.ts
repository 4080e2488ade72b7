/**
 * A run that dies at any write to a real disk, with all three programs' settings there.
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { init } from "../../lib/commands/patch/init.ts";
import type { PatchOptions } from "../../lib/commands/patch/patching.ts";
import type { Machine } from "../../lib/commands/shared/this_machine.ts";
import { undo } from "../../lib/commands/patch/undo.ts";
import type { Disk } from "../../lib/patch/disk/disk.ts";
import { systemDisk } from "../../lib/patch/disk/system_disk.ts";
import { testMachine } from "../helpers/settings/machine.ts";
import { Killed, MemoryDisk } from "../helpers/settings/memory_disk.ts";
import {
  contents,
  inHome,
  type PatchHome,
  switchDatabase,
} from "../helpers/settings/patch_home.ts";

const YES = { yes: true };
const config = (host: string) =>
  `# mine\r\nmodel_provider = 'a'\r\n[model_providers.a]\r\nbase_url = 'https://${host}/v1' # x\r\nstream_max_retries = 3\r\n`;

/** The machine's disk under a process that dies at the n-th write. */
function dyingDisk(killAt: number): Disk {
  let count = 0;
  const dead = () => count > killAt;
  const guarded =
    <A extends unknown[], T>(writes: boolean, run: (...args: A) => Promise<T>) =>
    (...args: A): Promise<T> => {
      if (writes && !dead()) count++;
      return dead() ? Promise.reject(new Killed()) : run(...args);
    };
  const { read, stat, realPath, list, create, rename, remove, makeFolder } = systemDisk;
  const { overwrite, writable, lock } = systemDisk;
  return {
    read: guarded(false, read),
    stat: guarded(false, stat),
    realPath: guarded(false, realPath),
    list: guarded(false, list),
    create: guarded(true, create),
    rename: guarded(true, rename),
    remove: guarded(true, remove),
    makeFolder: guarded(true, makeFolder),
    overwrite: guarded(true, overwrite),
    writable: guarded(false, writable),
    lock: guarded(false, lock),
  };
}

function lay(home: PatchHome): string {
  home.write(".codex/config.toml", config("live.example"));
  const profile = {
    id: "p",
    name: "P",
    protocol: "responses",
    upstreamBaseUrl: "https://p.example/v1",
  };
  const relayProfiles = [{ ...profile, configContents: config("p.example"), authContents: "{}" }];
  home.write(
    ".codex-session-delete/settings.json",
    JSON.stringify({ activeRelayId: "p", relayProfiles }),
  );
  return switchDatabase(home);
}

function machine(home: PatchHome, disk: Disk = systemDisk): Machine {
  return { ...testMachine(new MemoryDisk(), { env: { HOME: home.path } }), disk };
}

/** Every setting of every program, and every name in their folders. */
function everything(home: PatchHome, database: string): unknown {
  const names = (folder: string) =>
    [...Deno.readDirSync(`${home.path}/${folder}`)].map(({ name }) => name).sort();
  return {
    config: home.read(".codex/config.toml"),
    plus: home.read(".codex-session-delete/settings.json"),
    rows: contents(database),
    names: [".codex", ".cc-switch"].map(names),
  };
}

async function dies(run: Promise<unknown>): Promise<boolean> {
  try {
    await run;
    return false;
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof Killed) return true;
    }
    throw error;
  }
}

const cases: [name: string, first: boolean, run: typeof init, finish: typeof init][] = [
  ["init: dead at any write, then undo", false, init, undo],
  ["init: dead at any write, then init and undo", false, init, finishInit],
  ["undo: dead at any write, then undo", true, undo, undo],
];
for (const [name, first, run, finish] of cases) {
  Deno.test(`${name}: every setting of every program is back`, async () => {
    let at = 0;
    for (let died = true; died; at++) {
      await inHome(async (home) => {
        const database = lay(home);
        const before = everything(home, database);
        if (first) await init(YES, machine(home));
        died = await dies(run(YES, machine(home, dyingDisk(at))));
        assert.equal(await finish(YES, machine(home)), 0);
        assert.deepEqual(everything(home, database), before, `dead at write ${at}`);
      });
    }
    assert.ok(at > 10, `only ${at} writes`);
  });
}

async function finishInit(options: PatchOptions, on?: Machine): ReturnType<typeof undo> {
  assert.equal(await init(options, on), 0);
  return await undo(options, on);
}

const script = fileURLToPath(new URL("../helpers/settings/killed_run.ts", import.meta.url));

/** Windows has no signals: a process that is ended by force has this exit code. */
const ENDED_BY_FORCE = 1;

/** Runs `command` in a process that gets SIGKILL before its n-th write; false where it ended before. */
async function killedRun(home: PatchHome, at: number, command: "init" | "undo"): Promise<boolean> {
  const { success, signal, code } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--frozen", "-A", "--no-check", script, home.path, `${at}`, command],
    stdout: "null",
    stderr: "null",
  }).output();
  const killed = signal === "SIGKILL" ||
    (Deno.build.os === "windows" && code === ENDED_BY_FORCE);
  assert.ok(success || killed, `${command} at write ${at} ended otherwise: ${code}`);
  return !success;
}

/**
 * Every second write, of one command the even ones and of the other the odd ones; under Wine, where a process takes seconds to
 * start, every fifth. The tests above die at each of them.
 */
const STEP = Deno.build.os === "windows" ? 5 : 2;

for (const [first, command] of (["init", "undo"] as const).entries()) {
  Deno.test(`${command}: a process killed with SIGKILL at any write, then undo: every setting is back`, async () => {
    let at = first;
    for (let died = true; died; at += STEP) {
      await inHome(async (home) => {
        const database = lay(home);
        const before = everything(home, database);
        if (command === "undo") await init(YES, machine(home));
        died = await killedRun(home, at, command);
        assert.equal(await undo(YES, machine(home)), 0);
        assert.deepEqual(everything(home, database), before, `killed at write ${at}`);
      });
    }
    assert.ok(at > 10, `only ${at} writes`);
  });
}
