/**
 * Declares the commands that patch and inspect other programs' settings: `init`, `undo` and `status`.
 *
 * @module
 */

import type { Command } from "commander";
import { examples, exitCodes } from "./help.ts";
import { oneOf, someOf } from "../shared/choices.ts";
import type { PatchOptions } from "../patch/patching.ts";
import type { StatusOptions } from "../patch/status.ts";

/** The functions that the commands run; tests replace them. */
export interface PatchCommands {
  /** @default `init.ts` */
  readonly init?: (options: PatchOptions) => Promise<number>;
  /** @default `undo.ts` */
  readonly undo?: (options: PatchOptions) => Promise<number>;
  /** @default `status.ts` */
  readonly status?: (options: StatusOptions) => Promise<number>;
}

/** Adds `init`, `undo` and `status`. */
export function addPatchCommands(
  program: Command,
  deps: PatchCommands,
  end: (code: number) => void,
): void {
  addInit(program, deps, end);
  const undo = withFolders(
    withIntegrations(
      program.command("undo")
        .summary("restore what init changed; needs no network and no running program")
        .description(
          "Shows what it would restore, asks, and restores it. Needs no network and no running program. \
What another program changed since init stays as it is; no file is restored over a newer one. \
Without the list of changes it recognizes the sidecar's URLs.",
        ),
    ).option(
      "--purge",
      "remove the copies too that init kept of what it changed; they hold keys",
    ),
  ).action(async (options: PatchOptions) => {
    const undo = deps.undo ?? (await import("../patch/undo.ts")).undo;
    end(await undo(options));
  });
  examples(undo, [
    ["sidecar undo", "show, ask, restore"],
    ["sidecar undo --dry-run", "only show it"],
    ["sidecar undo --purge", "the copies that init kept go too"],
    ["sidecar undo --yes --only codex", "Codex alone, without a question"],
  ]);
  exitCodes(undo, [
    ["0", "everything is restored, there was nothing to restore, or you declined"],
    ["2", "a setting could not be restored (it is named; the others were), or wrong usage"],
  ]);
  const status = withFolders(
    program.command("status")
      .summary("is the sidecar up, which settings lead to it, what drifted")
      .description(
        "Says whether a sidecar is up and on which port, and for Codex, cc-switch and Codex++ whether \
their settings lead to it: patched, drifted (another program changed the URL since init), \
untouched or absent. Says what each running turn is doing. Changes nothing.",
      )
      .option(
        "--json",
        "print it as JSON: {format, sidecar, turns, service, init, memory, places, daemons}",
      )
      .option("--watch", "draw it again each second, until Ctrl-C")
      .option(
        "--up",
        "exit with 1 when no sidecar answers, whatever the settings: for health checks",
      ),
  ).action(async (options: StatusOptions) => {
    const status = deps.status ?? (await import("../patch/status.ts")).status;
    end(await status(options));
  });
  examples(status, [
    ["sidecar status", "for people"],
    ["sidecar status --watch", "and what the running turns do, each second"],
    ["sidecar status --json", "for scripts"],
    ["sidecar status || sidecar init --yes", "repair what drifted"],
  ]);
  exitCodes(status, [
    ["0", "no problem"],
    [
      "1",
      "something drifted, or a sidecar that settings lead to is down; with --up, the sidecar is down",
    ],
    ["2", "wrong usage, or settings that cannot be read"],
  ]);
}

function addInit(program: Command, deps: PatchCommands, end: (code: number) => void): void {
  const init = withFolders(
    withIntegrations(
      program.command("init")
        .summary("route the providers of Codex, cc-switch and Codex++ through the sidecar")
        .description(
          "Finds Codex, cc-switch and Codex++, shows what it would change with every key hidden, and asks. \
Only single values change; a copy of each file is kept, and undo restores everything. A second \
run changes nothing; an interrupted run is finished.",
        ),
    )
      .addOption(oneOf(
        "--provider <name>",
        "give Codex this provider (default: those it has)",
        async () => (await import("../../provider/choose.ts")).CHOOSABLE,
      ))
      .option("--all", "let Codex's provider offer the models of all providers in cc-switch")
      .option(
        "--base-url <url>",
        "where the one of --provider is reached, such as a plan's own address (default: its usual one)",
      )
      .option(
        "--key-variable <name>",
        "the variable that holds the key of that provider (default: its usual one)",
      )
      .option(
        "--model <name>",
        "the model of that provider to use (default: asks at a terminal, else the newest capable one)",
      )
      .option(
        "--gateway <url>",
        "lead Codex to a team's sidecar on a server instead of one on this machine; needs --token",
      )
      .option("--token <env:NAME>", "the variable in which Codex finds your token for that gateway")
      .option(
        "--port <number>",
        "port of this machine that the settings lead to (default: listen.port of config.yaml, else 8411)",
      )
      .option("--service", "start the sidecar at every login too (default: asks at a terminal)"),
  ).action(async (options: PatchOptions) => {
    const init = deps.init ??
      (options.gateway === undefined && options.token === undefined
        ? (await import("../patch/init.ts")).init
        : (await import("../patch/gateway.ts")).initGateway);
    end(await init(options));
  });
  examples(init, [
    ["sidecar init", "show, ask, change"],
    ["sidecar init --yes --only codex,cc-switch", "these two, without a question"],
    ["sidecar init --provider NAME", "for a Codex that has no provider yet"],
    ["sidecar init --all", "the models of all providers in cc-switch, in one list"],
    [
      "sidecar init --gateway https://HOST --token env:NAME",
      "to a team's sidecar, with your token",
    ],
  ]);
  exitCodes(init, [
    ["0", "changed, nothing to change, or you declined"],
    ["2", "wrong usage, or a problem that prevents the change; nothing was changed"],
  ]);
}

/** Adds the options that choose what is changed, and whether it is. */
function withIntegrations(command: Command): Command {
  return command
    .option("--dry-run", "show what would change and write nothing")
    .option("--yes", "do not ask; needed where there is no terminal")
    .addOption(someOf(
      "--only <names>",
      "change only these (default: all)",
      async () => (await import("../../patch/integrations.ts")).INTEGRATION_NAMES,
    ));
}

function withFolders(command: Command): Command {
  return command
    .option("--codex-home <folder>", "Codex's home (default: CODEX_HOME, else ~/.codex)")
    .option("--cc-switch-dir <folder>", "cc-switch's folder (default: ~/.cc-switch)")
    .option("--codex-plus-dir <folder>", "Codex++'s folder (default: ~/.codex-session-delete)");
}
