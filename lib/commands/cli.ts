/**
 * The command line: words to one command to one exit code.
 *
 * Each command is a file of its own, loaded when it is asked for, so that `--version` costs nothing.
 *
 * @module
 */

import { Command, CommanderError } from "commander";
import { type ExitCode, showFailure, type Terminal, terminal } from "./output.ts";
import type { ServeOptions } from "./serve.ts";

/** What the command line needs from outside; tests replace the parts. */
export interface CliDeps {
  readonly version: string;
  /** @default the process's own */
  readonly terminal?: Terminal;
  /** @default `serve.ts` */
  readonly serve?: (options: ServeOptions) => Promise<number>;
  /** @default `demo.ts` */
  readonly demo?: (options: { codex: boolean }) => Promise<number>;
}

const examples = `
Examples:
  sidecar                          listen on 127.0.0.1:8411, settings from the usual config.yaml
  sidecar serve --config my.yaml   the same, settings from my.yaml
  sidecar --port 9000              on another port
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
    .configureOutput({ writeOut: shown.out, writeErr: shown.err })
    .showHelpAfterError("(--help shows what there is)");
  program.command("serve")
    .description("listen and pass Codex's requests on (also without a command)")
    .option("--config <file>", "read settings from this file")
    .option("--host <address>", "listen on this address")
    .option("--port <number>", "listen on this port; 0 takes any free one")
    .option("--log-level <level>", "trace, debug, info, warning or error")
    .option("--log-format <format>", "text or json")
    .action(async (options: Omit<ServeOptions, "version">) => {
      const serve = deps.serve ?? (await import("./serve.ts")).serve;
      end(await serve({ ...options, version: deps.version }));
    });
  program.command("demo")
    .description("a fake provider that misbehaves, with and without the sidecar")
    .option("--codex", "drive the real Codex, where it is installed")
    .action(async ({ codex = false }: { codex?: boolean }) => {
      const demo = deps.demo ?? (await import("./demo.ts")).demo;
      end(await demo({ codex }));
    });
  return program;
}
