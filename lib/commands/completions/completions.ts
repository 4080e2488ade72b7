/**
 * `sidecar completions SHELL`: the script that teaches a shell to complete the program's words.
 *
 * Everything in it comes from the command line's own tree. A script never runs the program and never evaluates what
 * the user typed.
 *
 * @module
 */

import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import { completionPositions, type Position } from "./tree.ts";
import { zshScript } from "./zsh.ts";

/** The shells, each with what writes its script. */
const SCRIPTS = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
  powershell: powershellScript,
} satisfies Record<string, (name: string, positions: readonly Position[]) => string>;

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
  return SCRIPTS[shell](program.name(), completionPositions(program, FALLBACK));
}
