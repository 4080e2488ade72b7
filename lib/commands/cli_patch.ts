/**
 * The commands that have to do with other programs' settings, as words of the command line.
 *
 * @module
 */

import type { Command } from "commander";
import type { PatchOptions } from "./patching.ts";
import type { RunOptions } from "./run.ts";

/** What they run; tests replace the parts. */
export interface PatchCommands {
  /** @default `init.ts` */
  readonly init?: (options: PatchOptions) => Promise<number>;
  /** @default `undo.ts` */
  readonly undo?: (options: PatchOptions) => Promise<number>;
  /** @default `status.ts` */
  readonly status?: (options: PatchOptions) => Promise<number>;
  /** @default `run.ts` */
  readonly run?: (argv: readonly string[], options: RunOptions) => Promise<number>;
}

/** Adds `init`, `undo`, `status` and `run`. */
export function addPatchCommands(
  program: Command,
  deps: PatchCommands & { readonly version: string },
  end: (code: number) => void,
): void {
  withFolders(
    program.command("init")
      .description("lead the providers of Codex, cc-switch and Codex++ through the sidecar")
      .option("--dry-run", "show what would change and write nothing")
      .option("--yes", "do not ask")
      .option("--only <places>", "some of codex,cc-switch,codex++")
      .option("--provider <name>", "give Codex this provider, named as in config.yaml")
      .option("--base-url <url>", "where that provider is reached, such as a plan's own address")
      .option("--port <number>", "the port that the sidecar listens on"),
  ).action(async (options: PatchOptions) => {
    const init = deps.init ?? (await import("./init.ts")).init;
    end(await init(options));
  });
  withFolders(
    program.command("undo")
      .description("put back what init found; works with everything else dead")
      .option("--dry-run", "show what would change and write nothing")
      .option("--yes", "do not ask")
      .option("--only <places>", "some of codex,cc-switch,codex++"),
  ).action(async (options: PatchOptions) => {
    const undo = deps.undo ?? (await import("./undo.ts")).undo;
    end(await undo(options));
  });
  withFolders(
    program.command("status")
      .description("is the sidecar up, which settings lead to it, what drifted")
      .option("--json", "print it as JSON"),
  ).action(async (options: PatchOptions) => {
    const status = deps.status ?? (await import("./status.ts")).status;
    end(await status(options));
  });
  program.command("run")
    .description("Codex through a private sidecar; nothing on disk is changed")
    .usage("[options] -- codex …")
    .argument("<command...>", "a command line of Codex")
    .option("--provider <name>", "use this provider, named as in config.yaml")
    .option("--codex-home <folder>", "Codex's home, in place of CODEX_HOME and ~/.codex")
    .passThroughOptions()
    .action(async (argv: string[], options: Omit<RunOptions, "version">) => {
      const run = deps.run ?? (await import("./run.ts")).run;
      end(await run(argv, { ...options, version: deps.version }));
    });
}

function withFolders(command: Command): Command {
  return command
    .option("--codex-home <folder>", "Codex's home, in place of CODEX_HOME and ~/.codex")
    .option("--cc-switch-dir <folder>", "cc-switch's folder, in place of ~/.cc-switch")
    .option("--codex-plus-dir <folder>", "Codex++'s folder, in place of ~/.codex-session-delete");
}
