/**
 * Completion for fish: one `complete` for each option and command, each under the condition that the words before the
 * cursor lead to its position.
 *
 * @module
 */

import type { Position, Value } from "./tree.ts";
import { fishQuote } from "./quote.ts";

/** Writes the script. */
export function fishScript(name: string, positions: readonly Position[]): string {
  const fn = `__${name.replace(/\W/g, "_")}`;
  const several = positions.some(({ flags }) =>
    flags.some(({ value }) => value?.is === "words" && value.several)
  );
  return `# fish completion of ${name}; made by: ${name} completions fish
function ${fn}_at --description 'whether the words before the cursor lead to this position'
    set -l at ''
    set -l option ''
    set -l words (commandline -opc)
    set -e words[1]
    for word in $words
        if test -n "$option"
            set option ''
            continue
        end
        switch "$at:$word"
${walkCases(positions).map((line) => `            ${line}`).join("\n")}
        end
    end
    test "$at" = "$argv[1]"
end
${several ? severalFunction(fn) : ""}${restFunctions(fn, positions)}
complete -c ${name} -f
${positions.flatMap((position) => positionLines(name, fn, position)).join("\n")}
`;
}

function walkCases(positions: readonly Position[]): string[] {
  return positions.flatMap(({ at, flags, commands, argument }) => {
    const taking = flags.filter(({ value }) => value).flatMap(({ names }) => names);
    const rows = commands.flatMap(({ name }) => [
      `case ${q(`${at}:${name}`)}`,
      `    set at ${q(`${at} ${name}`.trim())}`,
    ]);
    if (taking.length > 0) {
      rows.push(
        `case ${taking.map((name) => q(`${at}:${name}`)).join(" ")}`,
        "    set option $word",
      );
    }
    if (commands.length > 0) {
      rows.push(`case ${q(`${at}:-*`)}`, `case ${q(`${at}:*`)}`, "    return 1");
    }
    if (argument?.is === "command") {
      rows.push(
        `case ${q(`${at}:--`)}`,
        `    set at ${q(restOf(at))}`,
        `case ${q(`${at}:-*`)}`,
        `case ${q(`${at}:*`)}`,
        `    set at ${q(restOf(at))}`,
      );
    }
    return rows;
  });
}

/** The position behind the first word that is another program's. */
function restOf(at: string): string {
  return `${at} …`;
}

function severalFunction(fn: string): string {
  return `
function ${fn}_several --description 'words with commas between; each once'
    set -l head (string match -r '^.*,' -- (commandline -ct))
    for word in $argv
        string match -q -- "*,$word,*" ",$head"; or echo "$head$word"
    end
end
`;
}

/** Where another program's command line follows, fish completes it by itself. */
function restFunctions(fn: string, positions: readonly Position[]): string {
  if (!positions.some(({ argument }) => argument?.is === "command")) return "";
  const options = positions.filter(({ argument }) => argument?.is === "command").flatMap((
    { flags },
  ) => flags.filter(({ value }) => value).flatMap(({ names }) => names));
  return `
function ${fn}_rest --description 'what the other program would be offered'
    set -l words (commandline -opc)[3..-1]
    while set -q words[1]
        switch $words[1]
            case ${options.map(q).join(" ")}
                set -e words[1]
            case --
                set -e words[1]
                break
            case '-*'
            case '*'
                break
        end
        set -e words[1]
    end
    complete -C (string join ' ' -- (string escape -- $words) (commandline -ct))
end
`;
}

function positionLines(
  name: string,
  fn: string,
  { at, flags, commands, argument }: Position,
): string[] {
  const start = `complete -c ${name} -n ${q(`${fn}_at ${q(at)}`)}`;
  const about = (text: string) => text === "" ? "" : ` -d ${q(text)}`;
  const rows = commands.map((one) => `${start} -a ${q(one.name)}${about(one.about)}`);
  for (const flag of flags) {
    const names = flag.names.map((one) =>
      one.startsWith("--") ? ` -l ${q(one.slice(2))}` : ` -s ${q(one.slice(1))}`
    );
    const takes = flag.value ? offered(fn, flag.value) : "";
    rows.push(`${start}${names.join("")}${takes}${about(flag.about)}`);
  }
  if (argument?.is === "command") {
    const rest = `complete -c ${name} -n ${q(`${fn}_at ${q(restOf(at))}`)}`;
    rows.push(`${start} -a '(__fish_complete_command)'`, `${rest} -a '(${fn}_rest)'`);
  } else if (argument && commands.length === 0) {
    rows.push(
      `${start}${offered(fn, argument).replace(/ -[rx]/, (mode) => mode === " -r" ? " -F" : "")}`,
    );
  }
  return rows;
}

function offered(fn: string, value: Value): string {
  switch (value.is) {
    case "file":
      return " -r -F";
    case "folder":
      return " -x -a '(__fish_complete_directories)'";
    case "words": {
      const words = value.words.map(q).join(" ");
      return value.several ? ` -x -a ${q(`(${fn}_several ${words})`)}` : ` -x -a ${q(words)}`;
    }
    default:
      return " -x";
  }
}

const q = fishQuote;
