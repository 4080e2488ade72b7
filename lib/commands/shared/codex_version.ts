/**
 * Which Codex this machine has, by its own word.
 *
 * @module
 */

import type { System } from "../../config/paths.ts";
import type { RunTool } from "../../service/manager.ts";

/** The version of the `codex` on the PATH: `0.169.0`; `undefined` where there is none, or it says something else. */
export async function codexVersion(system: System, run: RunTool): Promise<string | undefined> {
  // npm lays down a batch file on Windows, which only a shell starts; these words are constant
  const { code, out } = system === "windows"
    ? await run("cmd.exe", ["/d", "/c", "codex --version"])
    : await run("codex", ["--version"]);
  return code === 0 ? /\b(\d+\.\d+\.\d+(?:-[\w.]+)?)\b/.exec(out)?.[1] : undefined;
}
