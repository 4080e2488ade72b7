/**
 * What runs on this machine: ports that answer, programs by name, tools of the system.
 *
 * @module
 */

import type { Ran } from "../../service/manager.ts";

/** The longest that a tool may take: a service that is stopped first finishes its live answers. In milliseconds. */
const TOOL_TIMEOUT_MS = 180_000;

/** Whether something on this machine listens on `port`. */
export async function listening(port: number): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port })).close();
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** The names of the programs that run now, without paths; empty where the system does not list them. */
export async function processes(): Promise<string[]> {
  const [command, args] = Deno.build.os === "windows"
    ? ["tasklist", ["/fo", "csv", "/nh"]] as const
    : ["ps", ["-A", "-o", "comm="]] as const;
  try {
    const { stdout } = await new Deno.Command(command, {
      args: [...args],
      stdin: "null",
      stderr: "null",
    }).output();
    const rows = new TextDecoder().decode(stdout).split("\n");
    return rows.map((row) => row.replace(/^"([^"]*)".*$/s, "$1").trim().replace(/^.*[\\/]/, ""))
      .filter(Boolean);
  } catch (error) {
    if (error instanceof Error) return [];
    throw error;
  }
}

/** Runs a tool of the system to its end, in English where it has a choice. */
export async function runTool(command: string, args: readonly string[]): Promise<Ran> {
  try {
    const { code, stdout, stderr } = await new Deno.Command(command, {
      args: [...args],
      env: { LC_ALL: "C" },
      stdin: "null",
      signal: AbortSignal.timeout(TOOL_TIMEOUT_MS),
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, out: text(stdout), err: text(stderr) };
  } catch (error) {
    if (error instanceof Error) return { code: undefined, out: "", err: error.message };
    throw error;
  }
}
