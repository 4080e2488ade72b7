/**
 * Completion for bash from 3.2 on, which macOS has: no associative arrays, and `compopt` only where there is one.
 *
 * Typed words are compared and never expanded.
 *
 * @module
 */

import type { Position, Value } from "./tree.ts";
import { posixQuote } from "./quote.ts";

/** Writes the script. */
export function bashScript(name: string, positions: readonly Position[]): string {
  const fn = `_${name.replace(/\W/g, "_")}`;
  return `# bash completion of ${name}; made by: ${name} completions bash
${fn}_words() { # offers those of the words that begin with what is typed
  local word
  for word in "$@"; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

${fn}_several() { # the same for a list with commas; a word that stands in it already is left out
  local word head=
  [[ $cur == *,* ]] && head=\${cur%,*},
  for word in "$@"; do
    [[ ,$head == *",$word,"* ]] && continue
    [[ $head$word == "$cur"* ]] && COMPREPLY+=("$head$word")
  done
}

${fn}_paths() { # -f files, -d folders
  if type compopt >/dev/null 2>&1; then
    compopt -o filenames 2>/dev/null
  fi
  local path
  while IFS= read -r path; do COMPREPLY+=("$path"); done < <(compgen "$1" -- "$cur")
}

${fn}_command() { # another program's command line, which begins at word $1
  local offset
  for offset in _comp_command_offset _command_offset; do
    if type "$offset" >/dev/null 2>&1; then
      "$offset" "$1"
      return
    fi
  done
  if ((COMP_CWORD == $1)) && [[ $cur != */* ]]; then
    local word
    while IFS= read -r word; do COMPREPLY+=("$word"); done < <(compgen -c -- "$cur")
  else
    ${fn}_paths -f
  fi
}

${fn}() {
  local cur=\${COMP_WORDS[COMP_CWORD]} at= option= word i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == = ]]; then # bash cuts --option=value in three
      continue
    elif [[ -n $option ]]; then
      option=
      continue
    fi
    case $at:$word in
${indent(6, walkCases(fn, positions))}
    esac
  done
  [[ $cur == = ]] && cur=
  case $at:$option in
${indent(4, valueCases(fn, positions))}
    *:-*) return ;;
  esac
  case $at:$cur in
${indent(4, wordCases(fn, positions))}
  esac
}

complete -F ${fn} ${name}
`;
}

/** What a word before the cursor does: it leads to a command, takes a value, is unknown, or begins another program. */
function walkCases(fn: string, positions: readonly Position[]): string[] {
  return positions.flatMap(({ at, flags, commands, argument }) => {
    const taking = flags.filter(({ value }) => value).flatMap(({ names }) => names);
    const rows = commands.map(({ name }) =>
      `${q(`${at}:${name}`)}) at=${q(`${at} ${name}`.trim())} ;;`
    );
    if (taking.length > 0) {
      rows.push(`${taking.map((name) => q(`${at}:${name}`)).join(" | ")}) option=$word ;;`);
    }
    if (commands.length > 0) rows.push(`${q(`${at}:-`)}*) ;;`, `${q(`${at}:`)}*) return ;;`);
    if (argument?.is === "command") {
      rows.push(
        `${q(`${at}:--`)}) ${fn}_command $((i + 1)); return ;;`,
        `${q(`${at}:-`)}*) ;;`,
        `${q(`${at}:`)}*) ${fn}_command "$i"; return ;;`,
      );
    }
    return rows;
  });
}

/** What an option takes. */
function valueCases(fn: string, positions: readonly Position[]): string[] {
  return positions.flatMap(({ at, flags }) =>
    flags.flatMap(({ names, value }) => {
      const offer = value && offered(fn, value);
      const keys = names.map((name) => q(`${at}:${name}`)).join(" | ");
      return offer ? [`${keys}) ${offer}; return ;;`] : [];
    })
  );
}

/** What may stand in a position: options where a hyphen is typed, else commands or the argument. */
function wordCases(fn: string, positions: readonly Position[]): string[] {
  return positions.flatMap(({ at, flags, commands, argument }) => {
    const names = flags.flatMap(({ names }) => names.filter((name) => name.startsWith("--")));
    const rows = names.length > 0
      ? [`${q(`${at}:-`)}*) ${fn}_words ${names.map(q).join(" ")} ;;`]
      : [];
    const inside = commands.map(({ name }) => q(name));
    const offer = argument && offered(fn, argument);
    if (inside.length > 0) rows.push(`${q(`${at}:`)}*) ${fn}_words ${inside.join(" ")} ;;`);
    else if (offer) rows.push(`${q(`${at}:`)}*) ${offer} ;;`);
    return rows;
  });
}

function offered(fn: string, value: Value): string | undefined {
  switch (value.is) {
    case "file":
      return `${fn}_paths -f`;
    case "folder":
      return `${fn}_paths -d`;
    case "command":
      return `${fn}_command "$COMP_CWORD"`;
    case "words":
      return `${fn}_${value.several ? "several" : "words"} ${value.words.map(q).join(" ")}`;
    case "text":
      return undefined;
  }
}

const q = posixQuote;

function indent(by: number, lines: readonly string[]): string {
  return lines.map((line) => " ".repeat(by) + line).join("\n");
}
