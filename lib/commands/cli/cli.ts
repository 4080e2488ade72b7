/**
 * The command line: from arguments to one command to one exit code.
 *
 * Each command is a file of its own and is loaded only when it runs, so that `--version` starts fast.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import { type Build, showBuild } from "../../base/version/build.ts";
import { suggest } from "../../config/suggest.ts";
import { type AboutCommands, addAboutCommands } from "./about.ts";
import { examples, exitCodes, settingsFrom } from "./help.ts";
import { addDiagnosticCommands, type DiagnosticCommands } from "./cli_diagnostics.ts";
import { addHistoryCommands, type HistoryCommands } from "./cli_history.ts";
import { addPatchCommands, type PatchCommands } from "./cli_patch.ts";
import { addServeCommands, type ServeCommands } from "./cli_serve.ts";
import { addServiceCommands, type ServiceCommands } from "./cli_service.ts";
import { describeOption, loadChoices } from "../shared/choices.ts";
import { type ExitCode, showFailure, type Terminal, terminal } from "../shared/output.ts";

/** What the command line needs from outside; tests replace the parts. */
export interface CliDeps
  extends
    ServeCommands,
    ServiceCommands,
    PatchCommands,
    DiagnosticCommands,
    HistoryCommands,
    AboutCommands {
  readonly version: string;
  /** @default the version alone */
  readonly build?: Build;
  /** @default the process's own */
  readonly terminal?: Terminal;
}

const HELP = ["-h", "--help"];

/** Runs one command line, without the program's name; resolves with the exit code and never rejects. */
export async function run(argv: readonly string[], deps: CliDeps): Promise<number> {
  const shown = deps.terminal ?? terminal;
  let code: number = 0;
  const program = programOf(deps, shown, (result) => code = result);
  const words = untilUnknown(program, withCommand(argv));
  try {
    if (words.some((word) => HELP.includes(word) || word === "completions")) {
      await loadChoices(program);
    }
    await program.parseAsync(words, { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return showFailure(error, shown);
    return (error.exitCode === 0 ? 0 : 2) satisfies ExitCode;
  }
}

/**
 * `sidecar --port 1` means `sidecar serve --port 1`, and `sidecar help serve` means `sidecar serve --help`. A default
 * command of commander's would hide typos in names, and so would its help command.
 */
function withCommand(argv: readonly string[]): string[] {
  const [first, ...rest] = argv;
  if (first === "help") return [...rest.filter((word) => !HELP.includes(word)), "--help"];
  const own = [...HELP, "-V", "--version"];
  const named = first !== undefined && (!first.startsWith("-") || own.includes(first));
  const meant = first?.startsWith("--") && suggest(first, ["--version"]) !== undefined;
  return named || meant ? [...argv] : ["serve", ...argv];
}

/** The arguments up to an unknown command name: without the cut, commander prints the help that is asked for behind it. */
function untilUnknown(program: Command, words: readonly string[]): readonly string[] {
  let command = program;
  for (const [at, word] of words.entries()) {
    if (word.startsWith("-") || word === "help" || command.commands.length === 0) break;
    const next = command.commands.find((one) => one.name() === word);
    if (!next) return words.slice(0, at + 1);
    command = next;
  }
  return words;
}

function programOf(deps: CliDeps, shown: Terminal, end: (code: number) => void): Command {
  const { version, build = { version, commit: null, repository: null } } = deps;
  const program = new Command("sidecar")
    .description(
      "Keeps OpenAI Codex sessions alive on other providers' models: a small local proxy between the two. \
Without a command it serves.",
    )
    .usage("[command] [options]")
    .version(showBuild(build), "-V, --version", "print the version and the commit")
    .helpOption("-h, --help", "print this help")
    .configureHelp({
      optionDescription: describeOption,
      argumentDescription: ({ description }) => description,
      subcommandTerm: (command) =>
        `${command.name()} ${command.usage().replace(/\[(options|command|--)\] ?/g, "")}`.trim(),
    })
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ writeOut: shown.out, writeErr: shown.err })
    .showHelpAfterError("(--help shows what there is)");
  program.commandsGroup("Run:");
  addServeCommands(program, deps, end);
  addServiceCommands(program, deps, end);
  program.commandsGroup("Settings of Codex, cc-switch and Codex++:");
  addPatchCommands(program, deps, end);
  program.commandsGroup("Diagnose and measure:");
  addHistoryCommands(program, deps, end);
  addDiagnosticCommands(program, deps, end);
  program.commandsGroup("About the program:").helpCommand(
    "help [command]",
    "print the help of a command",
  );
  addAboutCommands(program, { ...deps, build, shown }, end);
  examples(program, [
    ["sidecar", "listen on 127.0.0.1:8411"],
    ["sidecar init", "route Codex, cc-switch and Codex++ through it; undo reverts it"],
    ["sidecar run -- codex", "Codex through a private sidecar, nothing changed on disk"],
    ["sidecar doctor", "what is wrong between Codex and the provider, and what to do"],
    ["sidecar demo", "see what it does: no key, no network"],
  ]);
  settingsFrom(program);
  exitCodes(program, [
    ["0", "success"],
    ["1", "a check or a stream failed"],
    ["2", "wrong usage or settings"],
  ]);
  return program;
}
