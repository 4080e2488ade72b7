/**
 * What runs on this machine: ports that answer, programs by name, tools of the system.
 *
 * @module
 */

import type { Env } from "../../config/paths.ts";
import { parseEnvironment } from "../../patch/machine/daemon.ts";
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

/** The most of a process's environment that is read, in bytes. */
const MAX_ENVIRONMENT = 1024 * 1024;

/** What the system shows of a process: its name everywhere, its environment on Linux, for processes of this user. */
export async function processFacts(
  pid: number,
): Promise<{ name: string; env: Env | undefined } | undefined> {
  const { os } = Deno.build;
  if (os === "windows") {
    const { out } = await runTool("tasklist", ["/fo", "csv", "/nh", "/fi", `PID eq ${pid}`]);
    const name = /^"([^"]+)"/.exec(out.trim())?.[1];
    return name === undefined ? undefined : { name, env: undefined };
  }
  if (os !== "linux") {
    const { out } = await runTool("ps", ["-p", String(pid), "-o", "comm="]);
    const name = out.trim().replace(/^.*\//, "");
    return name === "" ? undefined : { name, env: undefined };
  }
  // Deno opens nothing below /proc without every permission, which the binary has not
  const name = (await runTool("cat", [`/proc/${pid}/comm`])).out.trim();
  if (name === "") return undefined;
  const { code, out } = await runTool("head", [
    "-c",
    String(MAX_ENVIRONMENT),
    `/proc/${pid}/environ`,
  ]);
  return { name, env: code === 0 ? parseEnvironment(out) : undefined };
}

/** The folder that this process was started in; `undefined` where it is gone. */
export function workingFolder(): string | undefined {
  try {
    return Deno.cwd();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
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
