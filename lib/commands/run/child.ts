/**
 * Another program as a child: the same arguments on every system.
 *
 * On Windows npm lays down batch files (`codex.cmd`), which only a shell starts, with quoting rules of its own: there
 * `cross-spawn` finds the file and writes the line. Nowhere else is it loaded.
 *
 * @module
 */

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

/**
 * What to start for this command line.
 *
 * @param os of `Deno.build.os`
 * @throws {Deno.errors.NotFound} on Windows, where there is no such program; elsewhere the start itself does
 */
export async function childArguments(
  os: string,
  program: string,
  args: readonly string[],
): Promise<ChildArguments> {
  if (os !== "windows") return { program, args: [...args], raw: false };
  const { default: crossSpawn } = await import("cross-spawn");
  const { file, command, args: own, options }: Parsed = crossSpawn._parse(program, [...args]);
  // A shell would print its own message and exit with its own code.
  if (!file) throw new Deno.errors.NotFound(program);
  return { program: command, args: own, raw: options.windowsVerbatimArguments === true };
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
