/**
 * Declares the commands that forward Codex's requests: `serve` and `run`.
 *
 * @module
 */

import type { Command } from "commander";
import { examples, exitCodes, settingsFrom } from "./help.ts";
import { oneOf, onlyOneOf } from "../shared/choices.ts";
import type { CodexRunOptions } from "../run/run.ts";
import type { ServeOptions } from "../serve/serve.ts";

/** The functions that the commands run; tests replace them. */
export interface ServeCommands {
  /** @default `serve.ts` */
  readonly serve?: (options: ServeOptions) => Promise<number>;
  /** @default `run.ts` */
  readonly run?: (argv: readonly string[], options: CodexRunOptions) => Promise<number>;
}

/** Adds `serve` and `run`. @param end is given the exit code */
export function addServeCommands(
  program: Command,
  deps: ServeCommands & { readonly version: string },
  end: (code: number) => void,
): void {
  const serve = program.command("serve")
    .summary("listen and forward Codex's requests; also without a command")
    .description(
      "Listens on this machine and forwards Codex's requests to the provider, until it is \
stopped. The first Ctrl-C (or SIGTERM) takes no new requests and lets running answers finish; the \
second aborts them. All its output goes to standard error.",
    )
    .option("--config <file>", "settings file; must exist (default: config.yaml, see below)")
    .option(
      "--host <address>",
      "address to listen on; beyond this machine the settings need listen.token \
(default: 127.0.0.1)",
    )
    .option("--port <number>", "port to listen on; 0 takes any free one (default: 8411)")
    .addOption(oneOf(
      "--log-level <level>",
      "least important line that is written (default: info)",
      async () => (await import("../../config/schema.ts")).settings["log.level"].kind.choices ?? [],
    ))
    .addOption(oneOf(
      "--log-format <format>",
      "lines for people, or one JSON object a line (default: text)",
      async () =>
        (await import("../../config/schema.ts")).settings["log.format"].kind.choices ?? [],
    ))
    .option(
      "--log-dir <folder>",
      "also append the log to sidecar.log in this folder (default: log.dir of the settings, none)",
    )
    .option(
      "--record <folder>",
      "record each exchange to a file here, its texts unreadable; 256 MiB in all, the oldest are deleted \
(default: nothing is recorded)",
    )
    .addOption(onlyOneOf(
      "--record-only <which>",
      "record only exchanges that failed or needed another attempt (default: all)",
      ["failures"],
    ))
    .option("--record-content", "record texts readable; keys and home paths stay hidden")
    .action(async (options: Omit<ServeOptions, "version">) => {
      const serve = deps.serve ?? (await import("../serve/serve.ts")).serve;
      end(await serve({ ...options, version: deps.version }));
    });
  examples(serve, [
    ["sidecar", "on 127.0.0.1:8411, with the usual config.yaml if there is one"],
    ["sidecar --port 9000", "on another port"],
    ["sidecar serve --config my.yaml", "with other settings"],
    ["sidecar --log-level debug", "log more about every exchange"],
    ["sidecar --record rec --record-only failures", "record what failed, for a bug report"],
  ]);
  settingsFrom(serve);
  exitCodes(serve, [
    ["0", "stopped, every answer finished"],
    ["1", "stopped, answers aborted"],
    ["2", "options or settings it cannot work with, or an address it cannot have"],
  ]);
  const run = program.command("run")
    .summary("Codex through a private sidecar; nothing on disk is changed")
    .description(
      "Starts Codex with a private sidecar on a free port, and stops the sidecar when Codex ends. \
Codex gets its settings as -c overrides: nothing is written to disk. Signals go to Codex.",
    )
    .usage("[options] [--] <command...>")
    .argument("<command...>", 'a command line of Codex, such as codex exec "fix the tests"')
    .addOption(oneOf(
      "--provider <name>",
      "use this provider (default: the one that Codex has)",
      async () => (await import("../../provider/choose.ts")).CHOOSABLE,
    ))
    .option("--codex-home <folder>", "Codex's home (default: CODEX_HOME, else ~/.codex)")
    .passThroughOptions()
    .action(async (argv: string[], options: Omit<CodexRunOptions, "version">) => {
      const run = deps.run ?? (await import("../run/run.ts")).runCodex;
      end(await run(argv, { ...options, version: deps.version }));
    });
  examples(run, [
    ["sidecar run -- codex", "Codex as you know it, for this one session"],
    ['sidecar run -- codex exec "fix the tests"', "without the terminal interface"],
    [
      "sidecar run --provider NAME -- codex",
      "another provider; its key is read from that provider's usual variable",
    ],
  ]);
  settingsFrom(run);
  exitCodes(run, [
    ["Codex's own", "where Codex ran; 128 and the signal's number where a signal ended it"],
    ["2", "options or settings it cannot work with, or no such program"],
  ]);
}
