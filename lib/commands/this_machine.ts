/**
 * The machine and the person at it, as one argument: everything the commands touch outside their own code.
 *
 * @module
 */

import { type Clock, systemClock } from "../base/clock.ts";
import type { Env, System } from "../config/paths.ts";
import { type Disk, systemDisk } from "../patch/disk.ts";
import type { PatchContext } from "../patch/place.ts";
import { listening, processes } from "./machine.ts";
import { type Terminal, terminal } from "./output.ts";

/** The machine and its user; tests replace every part. */
export interface Machine {
  readonly system: System;
  readonly env: Env;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly terminal: Terminal;
  readonly listening: PatchContext["listening"];
  readonly processes: PatchContext["processes"];
  /** How the user is asked; `undefined` where there is no terminal. */
  readonly questions: Questions | undefined;
}

/** Questions to a person. */
export interface Questions {
  /** Yes or no. */
  confirm(question: string): Promise<boolean>;
  /** One of several; `undefined`: none. */
  choose(question: string, from: readonly string[]): Promise<string | undefined>;
}

/** This machine. */
export function thisMachine(): Machine {
  const asks = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  return {
    system: Deno.build.os,
    env: Deno.env.toObject(),
    disk: systemDisk,
    clock: systemClock,
    terminal,
    listening,
    processes,
    questions: asks ? prompts : undefined,
  };
}

const prompts: Questions = {
  async confirm(message) {
    const { confirm } = await import("@clack/prompts");
    return await confirm({ message, initialValue: true }) === true;
  },
  async choose(message, from) {
    const { isCancel, select } = await import("@clack/prompts");
    const answer = await select({ message, options: from.map((value) => ({ value })) });
    return isCancel(answer) ? undefined : answer;
  },
};
