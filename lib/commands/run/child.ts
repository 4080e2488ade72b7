/**
 * Another program as a child: the same arguments on every system.
 *
 * On Windows npm lays down batch files (`codex.cmd`), which only a shell starts: `cross-spawn` finds the file, and what
 * stands behind it is started in its place, without a shell wherever possible. Nowhere else is it loaded.
 *
 * @module
 */

import { win32 } from "node:path";
import { batchArguments, behindBatchFile, isBatchFile, MOST_BYTES } from "./batch_file.ts";

/** What the system is asked to start. */
export interface ChildArguments {
  readonly program: string;
  readonly args: string[];
  /** The arguments are quoted already. */
  readonly raw: boolean;
}

/** The part of `cross-spawn` that execa uses too: what it would start, not started. */
interface Parsed {
  /** Where the program was found. */
  readonly file?: string;
  readonly command: string;
  readonly args: string[];
  readonly options: { readonly windowsVerbatimArguments?: boolean };
}

type Parse = (program: string, args: string[]) => Parsed;

/**
 * What to start for this command line.
 *
 * @param os of `Deno.build.os`
 * @throws {Deno.errors.NotFound} on Windows, where there is no such program; elsewhere the start itself does
 * @throws {Failure} `bad_usage` for a word that a batch file cannot be given
 */
export async function childArguments(
  os: string,
  program: string,
  args: readonly string[],
): Promise<ChildArguments> {
  if (os !== "windows") return { program, args: [...args], raw: false };
  const parse: Parse = (await import("cross-spawn")).default._parse;
  const { file, command, args: own, options } = parse(program, [...args]);
  // A shell would print its own message and exit with its own code.
  if (!file) throw new Deno.errors.NotFound(program);
  if (!isBatchFile(file)) {
    return { program: command, args: own, raw: options.windowsVerbatimArguments === true };
  }
  return await pastBatchFile(file, args, parse) ??
    { program: shell(), args: batchArguments(file, args), raw: true };
}

/** What a package manager's batch file would start, started without it; `undefined` where that is not known, or not there. */
async function pastBatchFile(
  path: string,
  args: readonly string[],
  parse: Parse,
): Promise<ChildArguments | undefined> {
  const behind = behindBatchFile(await textOf(path), path);
  if (!behind || !await isFile(behind.file)) return undefined;
  if (!behind.script) return { program: behind.file, args: [...args], raw: false };
  const beside = win32.join(win32.dirname(path), "node.exe");
  const node = await isFile(beside) ? beside : parse("node", []).file;
  if (!node || !/\.exe$/i.test(node)) return undefined;
  return { program: node, args: [behind.file, ...args], raw: false };
}

/** The beginning of a file; empty where it cannot be read: then it is started as any other. */
async function textOf(path: string): Promise<string> {
  try {
    const { size } = await Deno.stat(path);
    return size > MOST_BYTES ? "" : await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Error) return "";
    throw error;
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

function shell(): string {
  return Deno.env.get("comspec") || "cmd.exe";
}

/** The command that starts it. @throws {Deno.errors.NotFound} as {@link childArguments} */
export async function childCommand(
  program: string,
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args" | "windowsRawArguments">,
): Promise<Deno.Command> {
  const start = await childArguments(Deno.build.os, program, args);
  return new Deno.Command(start.program, {
    ...options,
    args: start.args,
    windowsRawArguments: start.raw,
  });
}
