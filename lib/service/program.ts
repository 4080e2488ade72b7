/**
 * The command line of a service: this program, in the form in which it was started.
 *
 * @module
 */

import type { Env, System } from "../config/paths.ts";

/** The program that runs now. */
export interface Runtime {
  /** The file that runs: the sidecar's own, or Deno's. */
  readonly execPath: string;
  /** Whether that file is the sidecar itself, compiled. */
  readonly standalone: boolean;
  /** The path of `main.ts`. */
  readonly main: string;
  /** The `start` task of `deno.json`, which holds the flags for Deno. */
  readonly startTask: string;
}

/** Options of a service's `serve`. */
interface ServeFlags {
  /** The settings file, as an absolute path. */
  readonly config?: string | undefined;
  readonly port?: string | undefined;
  /** The folder of its log, as an absolute path. */
  readonly logDir: string;
}

/** The command line of the service. `--log-dir` comes first: on Windows it identifies the process. */
export function serviceCommand(
  { execPath, standalone, main, startTask }: Runtime,
  { config, port, logDir }: ServeFlags,
): readonly [string, ...string[]] {
  const task = startTask.split(" ");
  const flags = standalone ? [] : [...task.slice(1, task.indexOf("main.ts")), main];
  return [
    execPath,
    ...flags,
    "serve",
    "--log-dir",
    logDir,
    ...(config === undefined ? [] : ["--config", config]),
    ...(port === undefined ? [] : ["--port", port]),
  ];
}

/** Names the kind of a folder that gets emptied: `a folder of downloads`; `undefined` for all other folders. */
export function temporaryLocation(system: System, env: Env, path: string): string | undefined {
  const plain = path.replaceAll("\\", "/").toLowerCase();
  const below = (folder: string | undefined) => {
    const start = folder?.replaceAll("\\", "/").replace(/\/+$/, "").toLowerCase();
    return start ? plain.startsWith(`${start}/`) : false;
  };
  if (plain.includes("/_npx/")) return "npx's cache";
  if (/\/pnpm(?:-cache)?\/dlx\//.test(plain)) return "pnpm's cache";
  if (/\/downloads?\//.test(plain) || below(env.XDG_DOWNLOAD_DIR)) return "a folder of downloads";
  const temporary = system === "windows"
    ? [env.TEMP, env.TMP]
    : ["/tmp", "/var/tmp", "/private/tmp", "/var/folders", "/private/var/folders", env.TMPDIR];
  if (temporary.some(below)) return "a folder for temporary files";
  return plain.includes("/apptranslocation/") ? "a place that macOS made for one run" : undefined;
}
