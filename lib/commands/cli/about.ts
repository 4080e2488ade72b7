/**
 * Declares the commands about the program itself: `version` and `completions`.
 *
 * @module
 */

import type { Command } from "commander";
import type { Build } from "../../base/version/build.ts";
import { Failure } from "../../base/errors.ts";
import { examples, exitCodes, section } from "./help.ts";
import { argumentOneOf } from "../shared/choices.ts";
import type { Shell } from "../completions/completions.ts";
import type { VersionOptions } from "../version/version.ts";
import type { Terminal } from "../shared/output.ts";

/** The functions that the commands run; tests replace them. */
export interface AboutCommands {
  /** @default `version.ts` */
  readonly showVersion?: (options: VersionOptions) => Promise<number>;
}

/** The shells that `completions` writes a script for. */
export const SHELLS = ["bash", "zsh", "fish", "powershell"] as const satisfies readonly Shell[];

/** Adds `version` and `completions`. @param end is given the exit code */
export function addAboutCommands(
  program: Command,
  deps: AboutCommands & { readonly build: Build; readonly shown: Terminal },
  end: (code: number) => void,
): void {
  const version = program.command("version")
    .summary("print what a bug report should name; --check asks for a newer release")
    .description(
      "Prints the version, the commit and what the program was built with. Makes no request; only --check asks \
for the newest release, and no other command does.",
    )
    .option("--json", "print it as JSON")
    .option("--check", "ask GitHub for the newest release, within ten seconds")
    .option(
      "--from <url>",
      'with --check: ask this address in place of GitHub; it answers {"tag_name", "html_url"}',
    )
    .action(async (options: Omit<VersionOptions, "build">) => {
      const show = deps.showVersion ?? (await import("../version/version.ts")).showVersion;
      end(await show({ ...options, build: deps.build }, deps.shown));
    });
  examples(version, [
    ["sidecar version", "for a bug report"],
    ["sidecar version --check", "look for a newer release"],
    [
      "sidecar version --check --from https://mirror.example/latest.json",
      "ask a mirror instead of GitHub",
    ],
  ]);
  exitCodes(version, [
    ["0", "printed; with --check: the newest release is known"],
    ["1", "--check got no usable answer"],
    ["2", "wrong usage, or a build that does not know where its releases are"],
  ]);
  addCompletions(program, deps.shown, end);
}

function addCompletions(program: Command, { out }: Terminal, end: (code: number) => void): void {
  const command = program.command("completions")
    .summary("print a completion script for a shell")
    .description(
      "Prints a script that completes commands, options and their values on TAB. It is generated from the \
same text as this help; generate it again after an upgrade.",
    )
    .addArgument(argumentOneOf("[shell]", "bash, zsh, fish or powershell", SHELLS))
    .usage("<shell>")
    .action(async (shell?: Shell) => {
      if (!shell) {
        throw new Failure("bad_usage", `sidecar completions needs a shell: ${SHELLS.join(", ")}`, {
          hint: "sidecar completions --help says where each script goes",
        });
      }
      const { completions } = await import("../completions/completions.ts");
      out(await completions(program, shell));
      end(0);
    });
  section(command, "Where it goes:", [
    [
      "bash",
      '~/.local/share/bash-completion/completions/sidecar, where bash-completion is installed; \
else eval "$(sidecar completions bash)" in ~/.bashrc',
    ],
    [
      "zsh",
      "a file _sidecar in a folder of fpath; or source <(sidecar completions zsh) in ~/.zshrc, \
after compinit",
    ],
    ["fish", "~/.config/fish/completions/sidecar.fish"],
    [
      "powershell",
      "a line in the file that $PROFILE names: \
sidecar completions powershell | Out-String | Invoke-Expression",
    ],
  ]);
  examples(command, [
    ['eval "$(sidecar completions bash)"', "this bash, now"],
    [
      "sidecar completions fish > ~/.config/fish/completions/sidecar.fish",
      "every fish from now on",
    ],
  ]);
}
