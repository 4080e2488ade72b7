/**
 * Completion for zsh: one function for each position, each a call of `_arguments`, with every description.
 *
 * The script is a file of `fpath` and can be sourced as well.
 *
 * @module
 */

import type { Flag, Position, Value } from "./tree.ts";
import { posixQuote } from "./quote.ts";

/** Writes the script. */
export function zshScript(name: string, positions: readonly Position[]): string {
  const fn = `_${name.replace(/\W/g, "_")}`;
  const functions = positions.map((position) => positionFunction(fn, position));
  return `#compdef ${name}
# zsh completion of ${name}; made by: ${name} completions zsh

${functions.join("\n\n")}

if [[ $funcstack[1] == ${fn} ]]; then
  ${fn} "$@"
else
  compdef ${fn} ${name}
fi
`;
}

function positionFunction(fn: string, { at, flags, commands, argument }: Position): string {
  const self = functionOf(fn, at);
  const specs = flags.map(flagSpec);
  if (commands.length === 0) {
    if (argument?.is === "command") specs.push("'(-)1: :_command_names -e'", "'*:: :_normal'");
    else if (argument) specs.push(quoted(`1:${message(argument)}:${action(argument)}`));
    return `${self}() {\n${call(specs)}\n}`;
  }
  const rows = commands.map(({ name, about }) => posixQuote(`${plainColon(name)}:${about}`));
  const cases = commands.map(({ name }) =>
    `        ${posixQuote(name)}) ${functionOf(fn, `${at} ${name}`.trim())} ;;`
  );
  specs.push("'1: :->command'", "'*:: :->rest'");
  return `${self}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
${call(specs, "-C ")}
  case $state in
    command)
      local -a commands=(
${rows.map((row) => `        ${row}`).join("\n")}
      )
      _describe -t commands command commands
      ;;
    rest)
      case $line[1] in
${cases.join("\n")}
      esac
      ;;
  esac
}`;
}

function call(specs: readonly string[], options = ""): string {
  return `  _arguments -S ${options}${specs.map((spec) => `\\\n    ${spec}`).join(" ")}`;
}

/** `(-h --help)-h[print this help]`; one line for each of its names. */
function flagSpec({ names, about, value }: Flag): string {
  const takes = value ? `:${message(value)}:${action(value)}` : "";
  const [first = ""] = names;
  if (names.length === 1) return quoted(`${first}${value ? "=" : ""}[${bracketed(about)}]${takes}`);
  const all = names.map((name) => value && name.startsWith("--") ? `${name}=` : name);
  return `'(${names.join(" ")})'{${all.join(",")}}${quoted(`[${bracketed(about)}]${takes}`)}`;
}

function action(value: Value): string {
  switch (value.is) {
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "words":
      return value.several
        ? `_values -s , word ${value.words.map(escaped).join(" ")}`
        : `(${value.words.map(escaped).join(" ")})`;
    default:
      return " ";
  }
}

function message({ is }: Value): string {
  return is === "words" ? "word" : is;
}

/** A word of ours inside an action: whatever zsh reads in there is taken from it. */
function escaped(word: string): string {
  return word.replace(/[^\w.+-]/g, "\\$&");
}

function bracketed(text: string): string {
  return text.replace(/[\\[\]:]/g, "\\$&");
}

function plainColon(text: string): string {
  return text.replace(/[\\:]/g, "\\$&");
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function functionOf(fn: string, at: string): string {
  return at === "" ? fn : `${fn}_${at.replace(/\W+/g, "_")}`;
}
