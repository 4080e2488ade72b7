/**
 * Options and arguments that take one or several of a list of words: the help lists them and completions offer them.
 *
 * Words that a module loaded late defines are loaded for the help and for completions only.
 *
 * @module
 */

import { Argument, type Command, InvalidArgumentError, Option } from "commander";
import { didYouMean } from "../../config/suggest.ts";

/** The words, or a function that loads them. */
export type Words = readonly string[] | (() => Promise<readonly string[]>);

/** The most words that a help text lists. */
const LISTED = 30;

/** An option that takes words of a closed list. The command checks the word. */
export class ChoiceOption extends Option {
  constructor(
    flags: string,
    description: string,
    readonly words: Words,
    /** Whether it takes several words, with commas between. */
    readonly several: boolean,
  ) {
    super(flags, description);
  }
}

/** An option that takes one of the words, which its command checks. */
export function oneOf(flags: string, description: string, words: Words): ChoiceOption {
  return new ChoiceOption(flags, description, words, false);
}

/** An option that takes one or more of the words with commas between, which its command checks. */
export function someOf(flags: string, description: string, words: Words): ChoiceOption {
  return new ChoiceOption(flags, description, words, true);
}

/** An option that takes one of the words; any other is refused before the command runs. */
export function onlyOneOf(
  flags: string,
  description: string,
  words: readonly string[],
): ChoiceOption {
  return oneOf(flags, description, words).argParser(check(words));
}

/** An argument that is one of the words; any other is refused before the command runs. */
export function argumentOneOf(
  name: string,
  description: string,
  words: readonly string[],
): Argument {
  const argument = new Argument(name, description).choices(words);
  return argument.argParser(check(words));
}

/** Loads every word that an option of the program or its commands takes, into commander's own `argChoices`. */
export async function loadChoices(program: Command): Promise<void> {
  for (const option of program.options) {
    if (!(option instanceof ChoiceOption)) continue;
    const { words } = option;
    option.argChoices = [...typeof words === "function" ? await words() : words];
  }
  for (const command of program.commands) await loadChoices(command);
}

/** An option's line in the help: what it does, then the words it takes. */
export function describeOption(option: Option): string {
  const { description, argChoices } = option;
  if (!argChoices || argChoices.length > LISTED) return description;
  const several = option instanceof ChoiceOption && option.several;
  if (argChoices.length === 1) return `${description}; takes ${argChoices[0]}`;
  const words = several
    ? `one or more of ${argChoices.join(",")}`
    : `one of ${argChoices.join(", ")}`;
  return `${description}; ${words}`;
}

function check(words: readonly string[]): (word: string) => string {
  return (word) => {
    if (words.includes(word)) return word;
    throw new InvalidArgumentError(`It takes ${words.join(", ")}${didYouMean(word, words)}`);
  };
}
