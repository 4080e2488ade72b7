/**
 * Opens the outputs of the log: standard error always, a file where `log.dir` asks for one.
 *
 * @module
 */

import { join } from "node:path";
import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import { logExchanges, type LogOutput, startLog } from "../../observe/log.ts";
import { rotatingFile } from "../../observe/rotate.ts";
import { type ByteSink, lineWriter } from "../../observe/writer.ts";

/** The log's outputs. */
export interface LogOutputs {
  readonly outputs: readonly LogOutput[];
  /** Writes a line to standard error whatever the level. */
  say(line: string): void;
  /** Resolves when everything is written, or after `ms`: a reader that has stopped must not hold the process. */
  flush(clock: Clock, ms: number): Promise<void>;
}

/**
 * Opens the outputs.
 *
 * @param dir folder for `sidecar.log`, made where it is missing; the file is appended to and rotated
 * @throws {Failure} `bad_config`, when the file cannot be written.
 */
export async function openLog(dir: string | null, color: boolean): Promise<LogOutputs> {
  const screen = lineWriter(Deno.stderr);
  const file = dir === null ? undefined : lineWriter(await openFile(dir));
  const outputs = [{ color, write: screen.write }];
  if (file) outputs.push({ color: false, write: file.write });
  return {
    outputs,
    say: screen.write,
    flush: (clock, ms) =>
      new Promise((resolve) => {
        const cancel = clock.after(ms, resolve);
        Promise.all([screen.flush(), file?.flush()]).then(() => {
          cancel();
          resolve();
        });
      }),
  };
}

/**
 * Writes to the log's file what ended the program: nobody reads the standard error of a service.
 *
 * Where the file cannot be written, there is nowhere left to report it.
 */
export async function logFailure(dir: string, thrown: unknown): Promise<void> {
  try {
    const file = lineWriter(await openFile(dir));
    const outputs = [{ color: false, write: file.write }];
    startLog({ level: "error", format: "text", outputs });
    logExchanges().notice("error", `The sidecar ended: ${asFailure(thrown).fullMessage}`);
    await file.flush();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

async function openFile(dir: string): Promise<ByteSink> {
  const path = join(dir, "sidecar.log");
  try {
    await Deno.mkdir(dir, { recursive: true });
    return await rotatingFile(path);
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_config", `The log cannot be written to ${path}: ${fact}`, {
      cause: error,
      hint: "Choose another folder as log.dir, or null for none",
    });
  }
}
