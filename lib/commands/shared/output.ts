/**
 * What every command prints when it fails, and its exit code.
 *
 * Nothing here shows a stack trace or a secret, and nothing that a printer did not make safe reaches a terminal raw.
 *
 * @module
 */

import { createColors } from "picocolors";
import { asFailure, type Failure } from "../../base/errors.ts";
import { cleanLine, cleanText } from "../../base/clean.ts";
import { displayStream } from "../../base/display.ts";

/** Exit codes: 0 success, 1 a check or a stream failed, 2 usage or configuration. */
export type ExitCode = 0 | 1 | 2;

/** Where a command's text goes; tests keep it. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** Whether standard error shows colour. */
  readonly color: boolean;
}

/** This process's own streams. */
export const terminal: Terminal = {
  out: (text) => writeAll(Deno.stdout, text),
  err: (text) => writeAll(Deno.stderr, text),
  color: Deno.stderr.isTerminal() && !Deno.noColor,
};

/** Prints a sentence about something that refuses nothing: a setting without effect. */
export function warnOn({ err }: Pick<Terminal, "err">): (sentence: string) => void {
  return (sentence) => err(`sidecar: ${cleanLine(sentence)}\n`);
}

/** Prints what stopped a command, and returns its exit code. */
export function showFailure(thrown: unknown, { err, color }: Terminal): ExitCode {
  const failure = asFailure(thrown);
  const { red } = createColors(color);
  const hint = failure.facts.hint ? `\n${failure.facts.hint}` : "";
  err(`${red("sidecar:")} ${cleanText(failure.message + hint)}\n`);
  return exitCodeOf(failure);
}

/** The exit code a failure ends a command with. */
export function exitCodeOf({ code }: Failure): ExitCode {
  return code === "bad_usage" || code === "bad_config" ? 2 : 1;
}

interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

function writeAll(stream: Stream, text: string): void {
  const bytes = new TextEncoder().encode(displayStream(text, stream.isTerminal()));
  try {
    for (let from = 0; from < bytes.length;) from += stream.writeSync(bytes.subarray(from));
  } catch (error) {
    // The reader, such as `head`, closed the pipe: no error
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
