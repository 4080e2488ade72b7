/**
 * The program as tests start it: the sources, or the binary that the environment's `TEST_PROGRAM` names.
 *
 * With it, every test that starts a process tests what users download.
 *
 * @module
 */

import { fileURLToPath } from "node:url";

const root = new URL("../../..", import.meta.url);
const binary = Deno.env.get("TEST_PROGRAM");

/** Whether a binary is under test. */
export const compiled = binary !== undefined;

/** The words that begin its command line. */
export const program: readonly [string, ...string[]] = binary
  ? [await Deno.realPath(binary)]
  : [Deno.execPath(), "run", "--frozen", "-A", fileURLToPath(new URL("main.ts", root))];

/** Where Deno keeps its packages: a test's own HOME must not make it fetch them again. */
export const denoDir = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;

/** A command line of it. */
export function sidecarCommand(
  args: readonly string[],
  options: Omit<Deno.CommandOptions, "args"> = {},
): Deno.Command {
  const [path, ...words] = program;
  const env = compiled ? options.env ?? {} : { DENO_DIR: denoDir, ...options.env };
  return new Deno.Command(path, { stdin: "null", ...options, env, args: [...words, ...args] });
}
