/**
 * Completion for PowerShell 5.1 and 7: one table of positions, and one completer that walks the words through it.
 *
 * Where it offers nothing, PowerShell offers files by itself.
 *
 * @module
 */

import type { Flag, Position } from "./tree.ts";
import { powershellQuote } from "./quote.ts";

/** Writes the script. */
export function powershellScript(name: string, positions: readonly Position[]): string {
  return `# PowerShell completion of ${name}; made by: ${name} completions powershell
Register-ArgumentCompleter -Native -CommandName ${q(name)} -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $positions = @{
${positions.map(positionRow).join("\n")}
    }
    $at = ''
    $option = $null
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition } |
        ForEach-Object { $_.Extent.Text })
    foreach ($word in $words) {
        $position = $positions[$at]
        if ($option) { $option = $null; continue }
        if ($position.Passes -and ($word -eq '--' -or -not $word.StartsWith('-'))) { return }
        $flag = $position.Flags | Where-Object { $_.Names -ccontains $word } | Select-Object -First 1
        if ($flag) { if ($flag.Takes) { $option = $flag }; continue }
        $next = ($at + ' ' + $word).Trim()
        if ($positions.ContainsKey($next)) { $at = $next }
        elseif ($position.Commands -and -not $word.StartsWith('-')) { return }
    }
    $position = $positions[$at]
    $offers = if ($option) {
        $option.Words | ForEach-Object { @{ Word = $_; About = $_ } }
    } elseif ("$wordToComplete".StartsWith('-')) {
        foreach ($flag in $position.Flags) {
            $flag.Names | ForEach-Object { @{ Word = $_; About = $flag.About } }
        }
    } else {
        $position.Words
    }
    $head = ''
    if ($option.Several -and "$wordToComplete".Contains(',')) {
        $head = "$wordToComplete".Substring(0, "$wordToComplete".LastIndexOf(',') + 1)
    }
    foreach ($offer in $offers) {
        $text = $head + $offer.Word
        if ($text.StartsWith("$wordToComplete", [StringComparison]::Ordinal)) {
            [System.Management.Automation.CompletionResult]::new(
                $text, $offer.Word, 'ParameterValue', $offer.About)
        }
    }
}
`;
}

function positionRow({ at, flags, commands, argument }: Position): string {
  const words = [
    ...commands.map(({ name, about }) => offer(name, about)),
    ...(argument?.is === "words" && commands.length === 0
      ? argument.words.map((word) => offer(word, word))
      : []),
  ];
  const rows = [
    `        ${q(at)} = @{`,
    `            Passes = $${argument?.is === "command"}`,
    `            Commands = $${commands.length > 0}`,
    "            Words = @(",
    ...words.map((row) => `                ${row}`),
    "            )",
    "            Flags = @(",
    ...flags.map((flag) => `                ${flagRow(flag)}`),
    "            )",
    "        }",
  ];
  return rows.join("\n");
}

function flagRow({ names, about, value }: Flag): string {
  const words = value?.is === "words" ? value.words : [];
  const several = value?.is === "words" && value.several;
  return `@{ Names = ${list(names)}; Takes = $${
    value !== undefined
  }; Several = $${several}; Words = ${list(words)}; About = ${tip(about, names)} }`;
}

function offer(word: string, about: string): string {
  return `@{ Word = ${q(word)}; About = ${tip(about, [word])} }`;
}

/** A tooltip may not be empty. */
function tip(about: string, names: readonly string[]): string {
  return q(about || names.join(" "));
}

function list(words: readonly string[]): string {
  return `@(${words.map(q).join(", ")})`;
}

const q = powershellQuote;
