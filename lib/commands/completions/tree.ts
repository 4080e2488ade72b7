/**
 * The command line as the shells' completions need it: commander's tree, walked once, without commander.
 *
 * What an option takes is read from its words and its placeholder: `<file>` a file, `<folder>` a folder.
 *
 * @module
 */

import type { Argument, Command, Option } from "commander";
import { ChoiceOption } from "../shared/choices.ts";

/** What may stand in a position. */
export type Value =
  | { readonly is: "file" | "folder" | "text" | "command" }
  | { readonly is: "words"; readonly words: readonly string[]; readonly several: boolean };

/** An option. */
export interface Flag {
  /** `-h`, `--help` */
  readonly names: readonly string[];
  readonly about: string;
  /** Absent: it takes none. */
  readonly value?: Value;
}

/** A position in the command line: the program itself, or one of its commands. */
export interface Position {
  /** The words that lead there, with blanks between: ``, `serve`, `service install`. */
  readonly at: string;
  readonly flags: readonly Flag[];
  readonly commands: readonly { readonly name: string; readonly about: string }[];
  /** What stands there besides options and commands; `command`: all that follows is another program's. */
  readonly argument?: Value;
}

/**
 * Walks the tree.
 *
 * @param fallback the command that the program runs where none is named: its options stand at the top too
 */
export function completionPositions(program: Command, fallback: string): Position[] {
  const positions = walk(program, "");
  const stood = positions.find(({ at }) => at === fallback);
  return positions.map((position) => {
    if (position.at !== "" || !stood) return position;
    const own = new Set(position.flags.flatMap(({ names }) => names));
    const more = stood.flags.filter(({ names }) => !names.some((name) => own.has(name)));
    return { ...position, flags: [...position.flags, ...more] };
  });
}

function walk(command: Command, at: string): Position[] {
  const help = command.createHelp();
  const inside = [...help.visibleCommands(command)];
  const commands = inside.map((one) => ({
    name: one.name(),
    about: brief(help.subcommandDescription(one)),
  }));
  const [first] = command.registeredArguments;
  const position: Position = {
    at,
    flags: help.visibleOptions(command).map(flagOf),
    commands,
    ...(first ? { argument: argumentOf(first) } : {}),
  };
  const below = inside.flatMap((one) => walk(one, `${at} ${one.name()}`.trim()));
  return [position, ...below.map((one) => isHelpOf(one, at) ? helpPosition(one, commands) : one)];
}

/** `help [command]` takes the names of its neighbours. */
function isHelpOf(position: Position, at: string): boolean {
  return position.at === `${at} help`.trim();
}

function helpPosition(position: Position, commands: Position["commands"]): Position {
  const words = commands.map(({ name }) => name).filter((name) => name !== "help");
  return { ...position, argument: { is: "words", words, several: false } };
}

function flagOf(option: Option): Flag {
  const { short, long, description, flags, required, optional } = option;
  const names = [short, long].filter((name) => name !== undefined);
  const about = brief(description);
  if (!required && !optional) return { names, about };
  const several = option instanceof ChoiceOption && option.several;
  return { names, about, value: valueOf(flags, option.argChoices, several) };
}

function argumentOf(argument: Argument): Value {
  if (argument.variadic) return { is: "command" };
  return valueOf(`<${argument.name()}>`, argument.argChoices, false);
}

function valueOf(
  placeholder: string,
  words: readonly string[] | undefined,
  several: boolean,
): Value {
  if (words) return { is: "words", words, several };
  if (/[<[]file[\]>]/.test(placeholder)) return { is: "file" };
  if (/[<[]folder[\]>]/.test(placeholder)) return { is: "folder" };
  return { is: "text" };
}

/** The first clause, as a list of many lines needs it. */
function brief(text: string): string {
  return (text.split(/[;(]|, with |\. /)[0] ?? "").replace(/\s+/g, " ").trim();
}
