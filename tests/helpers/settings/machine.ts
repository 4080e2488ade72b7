/**
 * A machine for the commands that touch settings: a disk in memory, a user who answers, nothing that runs.
 *
 * @module
 */

import { Failure } from "../../../lib/base/errors.ts";
import type { Machine } from "../../../lib/commands/shared/this_machine.ts";
import { FakeClock } from "../clock/fake_clock.ts";
import { MemoryDisk } from "./memory_disk.ts";

/** A machine whose output is kept. */
export interface TestMachine extends Machine {
  readonly disk: MemoryDisk;
  readonly clock: FakeClock;
  /** What was printed to standard output. */
  said(): string;
}

/** A Linux machine with home `/h`. @param answers to the questions, in order; none: there is no terminal */
export function testMachine(
  disk: MemoryDisk,
  changes: Partial<Machine> = {},
  answers?: (boolean | string | undefined)[],
): TestMachine {
  let text = "";
  const next = () => answers?.shift();
  return {
    system: "linux",
    env: { HOME: "/h" },
    terminal: { out: (more) => text += more, err: (more) => text += more, color: false },
    listening: () => Promise.resolve(false),
    processes: () => Promise.resolve([]),
    who: () => Promise.resolve({ is: "nobody" }),
    codex: () => Promise.resolve(undefined),
    runTool: () => Promise.resolve({ code: undefined, out: "", err: "" }),
    askModels: () => Promise.reject(new Failure("unreachable", "Nobody can be asked")),
    codexVersion: () => Promise.resolve(undefined),
    uid: () => 1000,
    runtime: {
      execPath: "/opt/sidecar",
      standalone: true,
      main: "/src/main.ts",
      startTask: "deno run --frozen --allow-net main.ts serve",
    },
    questions: answers && {
      confirm: () => Promise.resolve(next() === true),
      text: (_, initial) => {
        const answer = next();
        return Promise.resolve(answer === true ? initial : answer === false ? undefined : answer);
      },
      choose: () => {
        const answer = next();
        return Promise.resolve(typeof answer === "string" ? answer : undefined);
      },
    },
    ...changes,
    disk,
    clock: new FakeClock(),
    said: () => text,
  };
}
