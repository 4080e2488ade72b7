/**
 * The machine and the person at it, as one argument: everything the commands touch outside their own code.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import manifest from "../../../deno.json" with { type: "json" };
import { type Clock, systemClock } from "../../base/clock.ts";
import type { Env, System } from "../../config/paths.ts";
import { processEnv } from "../../config/process_env.ts";
import type { AskCodex } from "../../patch/codex/loads.ts";
import { askCodex } from "./codex_program.ts";
import type { Disk } from "../../patch/disk/disk.ts";
import { patientDisk } from "../../patch/disk/held.ts";
import { systemDisk } from "../../patch/disk/system_disk.ts";
import type { AskWho } from "../../doctor/who/who.ts";
import type { PatchContext } from "../../patch/integration.ts";
import type { RunTool } from "../../service/manager.ts";
import type { Runtime } from "../../service/program.ts";
import { askModels, type ModelsQuestion } from "../../upstream/ask_models.ts";
import { openNet } from "../../upstream/net.ts";
import type { ListedModel } from "../../provider/catalog/facts.ts";
import { codexVersion } from "./codex_version.ts";
import { whoAnswers } from "./identity.ts";
import { localProxyAt } from "./local_proxy.ts";
import { listening, processes, processFacts, runTool, workingFolder } from "./machine.ts";
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
  readonly process?: PatchContext["process"];
  readonly localProxy?: PatchContext["localProxy"];
  /** The folder that the command was started in. */
  readonly folder?: string | undefined;
  /** Who answers on a port of this machine. */
  readonly who: AskWho;
  /** Asks the Codex that is installed here whether it loads a home. */
  readonly codex: AskCodex;
  /** Runs a tool of the system: `systemctl`, `launchctl`, `schtasks`. */
  readonly runTool: RunTool;
  /** Asks a provider for its list of models. */
  readonly askModels: AskModels;
  /** The version of the `codex` on the PATH; `undefined` where there is none. */
  readonly codexVersion: () => Promise<string | undefined>;
  /** The user's number; `null` on Windows. */
  readonly uid: () => number | null;
  /** The program that runs now, as a service would start it. */
  readonly runtime: Runtime;
  /** How the user is asked; `undefined` where there is no terminal. */
  readonly questions: Questions | undefined;
}

/** Asks a provider for its list. @throws {Failure} where none comes */
export type AskModels = (question: ModelsQuestion) => Promise<readonly ListedModel[]>;

/** Questions to a person. */
export interface Questions {
  /** Yes or no. */
  confirm(question: string): Promise<boolean>;
  /** One of several; `undefined`: none. */
  choose(question: string, from: readonly string[]): Promise<string | undefined>;
  /** A line of text; `undefined`: none. @param initial what an empty answer means */
  text(question: string, initial: string): Promise<string | undefined>;
}

/** Reads texts from a machine's disk; `undefined` where there is no such file. */
export function textsOf({ disk }: Pick<Machine, "disk">) {
  return async (path: string): Promise<string | undefined> => {
    const bytes = await disk.read(path);
    return bytes && new TextDecoder().decode(bytes);
  };
}

/** The real machine: this process's environment, disk, clock and terminal. */
export function thisMachine(): Machine {
  const asks = Deno.stdin.isTerminal() && Deno.stdout.isTerminal();
  const system = Deno.build.os;
  const env = processEnv();
  return {
    system,
    env,
    disk: patientDisk(systemDisk, systemClock, system),
    clock: systemClock,
    terminal,
    listening,
    processes,
    process: processFacts,
    localProxy: localProxyAt,
    folder: workingFolder(),
    who: whoAnswers({ system, env, clock: systemClock }),
    codex: askCodex(env),
    runTool,
    askModels: async (question) => {
      const net = openNet(systemClock, (name) => env[name]);
      try {
        return await askModels(question, net);
      } finally {
        net.client.close();
      }
    },
    codexVersion: () => codexVersion(system, runTool),
    uid: () => Deno.uid(),
    runtime: {
      execPath: Deno.execPath(),
      standalone: Deno.build.standalone,
      main: fileURLToPath(new URL("../../../main.ts", import.meta.url)),
      startTask: manifest.tasks.start.command,
    },
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
  async text(message, initial) {
    const { isCancel, text } = await import("@clack/prompts");
    const answer = await text({ message, placeholder: initial, defaultValue: initial });
    return isCancel(answer) ? undefined : answer.trim() || initial;
  },
};
