/**
 * Other users of this machine, for tests that run as root.
 *
 * @module
 */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { compiled, denoDir, program } from "../program/program.ts";

/** Whether there can be none: `setpriv` and root are needed. */
export const noUsers = Deno.build.os !== "linux" || Deno.uid() !== 0 || !hasSetpriv();

function hasSetpriv(): boolean {
  try {
    return new Deno.Command("setpriv", { args: ["--version"], stdout: "null" }).outputSync()
      .success;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** The program where every user may read it: root's own folders are closed to them. */
export async function sharedProgram(folder: string): Promise<string[]> {
  const runtime = `${folder}/runtime`;
  await Deno.copyFile(program[0], runtime);
  await Deno.chmod(runtime, 0o755);
  if (compiled) return [runtime];
  const main = fileURLToPath(new URL("../../../main.ts", import.meta.url));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", "--platform=deno", "-o", `${folder}/sidecar.js`, main],
    env: { DENO_DIR: denoDir },
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return [runtime, "run", "--no-config", "-A", `${folder}/sidecar.js`];
}

/** A command line of a user's. */
export function as(
  user: number,
  home: string,
  words: readonly string[],
  more: Readonly<Record<string, string>> = {},
): Deno.Command {
  return new Deno.Command("setpriv", {
    args: ["--reuid", `${user}`, "--regid", `${user}`, "--clear-groups", ...words],
    clearEnv: true,
    env: { HOME: home, DENO_DIR: `${home}/deno`, PATH: "/usr/bin:/bin", NO_COLOR: "1", ...more },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  });
}

/** The end of a command and what it said. */
export async function ended(command: Deno.Command) {
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), said: text(stdout) + text(stderr) };
}
