/**
 * `sidecar completions SHELL`: the script that teaches a shell to complete the program's words.
 *
 * Everything in it comes from the command line's own tree. A script never runs the program and never evaluates what
 * the user typed.
 *
 * @module
 */

import type { Command } from "commander";
import { bashScript } from "./completions_bash.ts";
import { fishScript } from "./completions_fish.ts";
import { powershellScript } from "./completions_powershell.ts";
import { completionPlaces, type Place } from "./completions_tree.ts";
import { zshScript } from "./completions_zsh.ts";

/** The shells, each with what writes its script. */
const SCRIPTS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} satisfies Record<string, (name: string, places: readonly Place[]) => string>;

/** A shell. */
export type Shell = keyof typeof SCRIPTS;

/** The command that runs where none is named. */
const FALLBACK = "serve";

/**
 * The script.
 *
 * @param program the whole command line, its words loaded
 */
export function completions(program: Command, shell: Shell): string {
  return SCRIPTS[shell](program.name(), completionPlaces(program, FALLBACK));
}
