/**
 * Batch files of Windows, which only `cmd.exe` starts: what stands behind one, and how words reach it unharmed.
 *
 * A batch file hands its words on as `%*`, and the shell reads that line again: what was escaped once is a command the
 * second time. So npm's batch files are passed by, and for any other every word is escaped twice.
 *
 * The rules of the shell: docs/facts/deno.md §7.
 *
 * @module
 */

import { win32 } from "node:path";
import { Failure } from "../../base/errors.ts";

/** The characters that mean something to `cmd.exe`, but for `%`. */
const META = /[()\][!^"`<>&|;, *?]/g;

/** The last line of a batch file of npm, pnpm or yarn: Node, and the script beside it that gets all the words. */
const SCRIPT =
  /(?:"%_prog%"|"%(?:~dp0|dp0%)\\?node\.exe"|\bnode(?:\.exe)?)[ \t]+"%(?:~dp0|dp0%)\\?([^"%\r\n]+\.[cm]?js)"[ \t]+%\*/gi;

/** The same for a program. */
const PROGRAM = /(?:^|[@(&])[ \t]*"%(?:~dp0|dp0%)\\?([^"%\r\n]+\.exe)"[ \t]+%\*/gim;

/** What npm's means by `%_prog%`. */
const PROG = /^[ \t]*SET "_prog=([^"\r\n]*)"/gim;

/** The largest batch file that is read; those of the package managers have less than 2 KiB. */
export const MOST_BYTES = 16_384;

/** What a package manager's batch file starts. */
export interface Behind {
  /** Absolute. */
  readonly file: string;
  /** Whether Node runs it. */
  readonly script: boolean;
}

/** Whether only `cmd.exe` starts this file. */
export function isBatchFile(file: string): boolean {
  return /\.(?:cmd|bat)$/i.test(file);
}

/**
 * What a batch file of a package manager starts with all of its words; `undefined` for any other batch file.
 *
 * @param path its absolute path
 */
export function behindBatchFile(text: string, path: string): Behind | undefined {
  const scripts = [...text.matchAll(SCRIPT)].map(([, file = ""]) => file);
  const programs = [...text.matchAll(PROGRAM)].map(([, file = ""]) => file);
  const all = new Set([...scripts, ...programs]);
  const [file] = all;
  // One that starts one thing here and another there decides by itself, and one for another runtime than Node is no case.
  const other = [...text.matchAll(PROG)].some(([, prog = ""]) => !/\bnode(?:\.exe)?$/i.test(prog));
  if (file === undefined || all.size > 1 || other) return undefined;
  return { file: win32.join(win32.dirname(path), file), script: programs.length === 0 };
}

/**
 * The arguments of `cmd.exe` that start a batch file.
 *
 * @throws {Failure} `bad_usage` for a word that no batch file can be given
 */
export function batchArguments(path: string, args: readonly string[]): string[] {
  if (args.some((arg) => /[\r\n\0]/.test(arg))) {
    throw new Failure(
      "bad_usage",
      `Cannot start ${path}: a batch file cannot be given a word with a line break`,
      { hint: "Name the program behind it, or give the prompt on standard input: codex exec -" },
    );
  }
  // A path holds no quote, and in quotes nothing of it means anything else.
  // No caret keeps `%` from naming a variable; behind one that is empty it stands alone, as Rust's own library has it.
  const word = (arg: string) => escaped(escaped(quoted(arg))).replaceAll("%", "%%cd:~,%");
  const line = [`"${path}"`, ...args.map(word)].join(" ");
  return ["/d", "/s", "/c", `"${line}"`];
}

/** A word in quotes, as programs take a command line apart: backslashes before a quote count twice. */
function quoted(arg: string): string {
  return `"${arg.replace(/(\\*)"/g, '$1$1\\"').replace(/\\+$/, "$&$&")}"`;
}

function escaped(text: string): string {
  return text.replace(META, "^$&");
}
