/**
 * The command line: words to one command to one exit code.
 *
 * Each command is a file of its own, loaded when it is asked for, so that `--version` costs nothing.
 *
 * @module
 */

import { Command, CommanderError, Option } from "commander";
import { addPatchCommands, type PatchCommands } from "./cli_patch.ts";
import type { DoctorOptions } from "./doctor.ts";
import { type ExitCode, showFailure, type Terminal, terminal } from "./output.ts";
import type { ReplayFlags } from "./replay.ts";
import type { ServeOptions } from "./serve.ts";
import type { StressOptions } from "./stress.ts";

/** What the command line needs from outside; tests replace the parts. */
export interface CliDeps extends PatchCommands {
  readonly version: string;
  /** @default the process's own */
  readonly terminal?: Terminal;
  /** @default `serve.ts` */
  readonly serve?: (options: ServeOptions) => Promise<number>;
  /** @default `doctor.ts` */
  readonly doctor?: (options: DoctorOptions) => Promise<number>;
  /** @default `stress.ts` */
  readonly stress?: (options: StressOptions) => Promise<number>;
  /** @default `demo.ts` */
  readonly demo?: (options: { codex: boolean }) => Promise<number>;
  /** @default `replay.ts` */
  readonly replay?: (options: ReplayFlags) => Promise<number>;
}

const examples = `
Examples:
  sidecar                          listen on 127.0.0.1:8411, settings from the usual config.yaml
  sidecar serve --config my.yaml   the same, settings from my.yaml
  sidecar --port 9000              on another port
  sidecar init                     lead Codex, cc-switch and Codex++ through it; undo takes it back
  sidecar run -- codex             Codex through a sidecar of its own, nothing changed on disk
  sidecar doctor                   what is wrong between Codex and the provider, and what to do
  sidecar stress --simulate none   long conversations, measured; --upstream NAME for a real one
  sidecar demo                     see what it does: no key, no network

Settings: config.example.yaml shows all. Flags win over SIDECAR_ variables, those over the file.
Exit codes: 0 well, 1 a check or a stream failed, 2 usage or settings.`;

/** Runs one command line, without the program's name; resolves with the exit code and never rejects. */
export async function run(argv: readonly string[], deps: CliDeps): Promise<number> {
  const shown = deps.terminal ?? terminal;
  let code: number = 0;
  const program = build(deps, shown, (result) => code = result);
  try {
    await program.parseAsync(withCommand(argv), { from: "user" });
    return code;
  } catch (error) {
    if (!(error instanceof CommanderError)) return showFailure(error, shown);
    return (error.exitCode === 0 ? 0 : 2) satisfies ExitCode;
  }
}

/** `sidecar --port 1` means `sidecar serve --port 1`. A default command of commander's would hide typos in names. */
function withCommand(argv: readonly string[]): string[] {
  const own = ["-h", "--help", "-V", "--version"];
  const [first] = argv;
  const named = first !== undefined && (!first.startsWith("-") || own.includes(first));
  return named ? [...argv] : ["serve", ...argv];
}

function build(deps: CliDeps, shown: Terminal, end: (code: number) => void): Command {
  const program = new Command("sidecar")
    .description("Keeps OpenAI Codex sessions alive on other providers' models.")
    .usage("[command] [options]")
    .version(deps.version, "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .addHelpText("after", examples)
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({ writeOut: shown.out, writeErr: shown.err })
    .showHelpAfterError("(--help shows what there is)");
  program.command("serve")
    .description("listen and pass Codex's requests on (also without a command)")
    .option("--config <file>", "read settings from this file")
    .option("--host <address>", "listen on this address")
    .option("--port <number>", "listen on this port; 0 takes any free one")
    .option("--log-level <level>", "trace, debug, info, warning or error")
    .option("--log-format <format>", "text or json")
    .option("--record <folder>", "keep every exchange in a file of this folder, texts unreadable")
    .addOption(
      new Option("--record-only <which>", "record exchanges in which something failed").choices([
        "failures",
      ]),
    )
    .option("--record-content", "record texts readable; keys and home paths stay hidden")
    .action(async (options: Omit<ServeOptions, "version">) => {
      const serve = deps.serve ?? (await import("./serve.ts")).serve;
      end(await serve({ ...options, version: deps.version }));
    });
  program.command("doctor")
    .description("check everything between Codex and the provider, in order; changes nothing")
    .option("--live", "also send a slow answer through the whole way, and small real questions")
    .option("--json", "print the findings as JSON")
    .option("--config <file>", "read the sidecar's settings from this file")
    .option("--yes", "do not ask before tokens are spent")
    .action(async (options: Omit<DoctorOptions, "version">) => {
      const doctor = deps.doctor ?? (await import("./doctor.ts")).doctor;
      end(await doctor({ ...options, version: deps.version }));
    });
  program.command("stress")
    .description("long conversations against an upstream or simulated faults; figures and advice")
    .option("--upstream <names>", "upstreams of the settings; the first one where none is named")
    .option("--model <model>", "the upstream's first model where none is named")
    .option("--context <tokens>", "input tokens of the last turn, such as 200k (default 50k)")
    .option("--turns <number>", "turns of a conversation (default 4)")
    .option("--concurrency <number>", "conversations at once (default 1)")
    .option("--duration <time>", "begin new conversations for this long, such as 10m")
    .option("--simulate <faults>", "faults of a simulated provider, such as stall-mid-text,none")
    .option("--max-requests <number>", "stop before more requests than this")
    .option("--max-tokens <tokens>", "stop before more tokens than this")
    .option("--seed <number>", "another text (default 1)")
    .option("--report <file>", "write a page with charts")
    .option("--json", "print the figures as JSON")
    .option("--config <file>", "read settings from this file")
    .option("--yes", "do not ask before money is spent")
    .action(async (options: Omit<StressOptions, "version">) => {
      const stress = deps.stress ?? (await import("./stress.ts")).stress;
      end(await stress({ ...options, version: deps.version }));
    });
  program.command("demo")
    .description("a fake provider that misbehaves, with and without the sidecar")
    .option("--codex", "drive the real Codex, where it is installed")
    .action(async ({ codex = false }: { codex?: boolean }) => {
      const demo = deps.demo ?? (await import("./demo.ts")).demo;
      end(await demo({ codex }));
    });
  program.command("replay")
    .description("play a recording back as a provider on this machine")
    .argument("<file>", "a file that serve --record wrote")
    .option("--fast", "without its pauses")
    .option("--port <number>", "listen on this port of loopback; any free one otherwise")
    .action(async (file: string, options: Omit<ReplayFlags, "file">) => {
      const replay = deps.replay ?? (await import("./replay.ts")).replay;
      end(await replay({ file, ...options }));
    });
  addPatchCommands(program, deps, end);
  return program;
}
