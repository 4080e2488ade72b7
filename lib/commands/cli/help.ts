/**
 * The part below the options in a command's help: examples, where settings come from, exit codes.
 *
 * Readable at 80 columns without a terminal, and at a terminal's own width.
 *
 * @module
 */

import type { Command } from "commander";

/** A line or word as it is typed, and what it means: half a sentence, no full stop. */
export type HelpRow = readonly [term: string, means: string];

/** The widest term that still has its meaning beside it, in columns. */
const WIDEST = 32;

/** Adds "Examples:". Two to five rows, each a line that works as it stands. */
export function examples(command: Command, rows: readonly HelpRow[]): Command {
  return section(command, "Examples:", rows);
}

/** Adds "Exit codes:", for a command whose codes say more than 0 for success, 2 for usage or settings. */
export function exitCodes(command: Command, rows: readonly HelpRow[]): Command {
  return section(command, "Exit codes:", rows);
}

/** Adds where the settings of a command come from. */
export function settingsFrom(command: Command): Command {
  return section(command, "Settings, in order of precedence:", [
    ["options", "as above"],
    ["environment", "SIDECAR_ and the key: SIDECAR_LISTEN_PORT for listen.port"],
    [
      "config.yaml",
      "--config where it is an option; else ~/.config/codex-sidecar/ on Linux, \
~/Library/Application Support/codex-sidecar/ on macOS, %APPDATA%\\codex-sidecar\\ on Windows",
    ],
  ]);
}

/** Adds a block of rows under a title, meanings aligned; a long term has its meaning on the next line. */
export function section(command: Command, title: string, rows: readonly HelpRow[]): Command {
  return command.addHelpText("after", () => {
    const help = command.createHelp();
    const { getOutHelpWidth } = command.configureOutput();
    const columns = getOutHelpWidth?.() ?? 80;
    const short = rows.map(([term]) => term.length).filter((length) => length <= WIDEST);
    const indent = Math.max(0, ...short) + 4;
    const lines = rows.map(([term, means]) => {
      const text = help.boxWrap(means, columns - indent).replaceAll(
        "\n",
        `\n${" ".repeat(indent)}`,
      );
      const gap = term.length <= WIDEST
        ? " ".repeat(indent - term.length - 2)
        : `\n${" ".repeat(indent)}`;
      return `  ${term}${gap}${text}`;
    });
    return ["", title, ...lines].join("\n");
  });
}
