/**
 * A process of its own that runs `init` or `undo` in a home and ends itself with SIGKILL at the n-th write:
 * `killed_run.ts HOME N init|undo`. Exits as the command does where there are fewer writes.
 *
 * @module
 */

import { init } from "../../../lib/commands/patch/init.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import type { Disk } from "../../../lib/patch/disk/disk.ts";
import { systemDisk } from "../../../lib/patch/disk/system_disk.ts";
import { testMachine } from "./machine.ts";
import { MemoryDisk } from "./memory_disk.ts";

const [home = "", at = "0", command] = Deno.args;
let left = Number(at);

/** Counts a write, and dies before it when its turn has come. */
function fatal<A extends unknown[], T>(write: (...args: A) => Promise<T>) {
  return (...args: A): Promise<T> => {
    if (left-- > 0) return write(...args);
    Deno.kill(Deno.pid, "SIGKILL");
    return new Promise(() => {}); // the signal is on its way
  };
}

const { create, rename, remove, makeFolder } = systemDisk;
const disk: Disk = {
  ...systemDisk,
  create: fatal(create),
  rename: fatal(rename),
  remove: fatal(remove),
  makeFolder: fatal(makeFolder),
};
const machine = { ...testMachine(new MemoryDisk(), { env: { HOME: home } }), disk };
Deno.exit(await (command === "undo" ? undo : init)({ yes: true }, machine));
