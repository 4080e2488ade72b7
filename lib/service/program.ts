/**
 * Which program a service starts: this one, as it was started itself.
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
  /** Where `main.ts` stands, as a path. */
  readonly main: string;
  /** The `start` task of `deno.json`, which knows the flags that `serve` runs well with. */
  readonly startTask: string;
}

/** What a service's `serve` is told. */
interface ServeFlags {
  /** The settings file, as an absolute path. */
  readonly config?: string | undefined;
  readonly port?: string | undefined;
  /** The folder of its log, as an absolute path. */
  readonly logDir: string;
}

/** The command line of the service. `--log-dir` comes first: on Windows that is how its process is told from others. */
export function serviceCommand(
  { execPath, standalone, main, startTask }: Runtime,
  { config, port, logDir }: ServeFlags,
): readonly [string, ...string[]] {
  const words = startTask.split(" ");
  const flags = standalone ? [] : [...words.slice(1, words.indexOf("main.ts")), main];
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

/** Says where the program stands if that is a place that gets tidied up: `a folder of downloads`. */
export function temporaryLocation(system: System, env: Env, path: string): string | undefined {
  const plain = path.replaceAll("\\", "/").toLowerCase();
  const below = (folder: string | undefined) => {
    const start = folder?.replaceAll("\\", "/").replace(/\/+$/, "").toLowerCase();
    return start ? plain.startsWith(`${start}/`) : false;
  };
  if (plain.includes("/_npx/")) return "npx's cache";
  if (/\/downloads?\//.test(plain) || below(env.XDG_DOWNLOAD_DIR)) return "a folder of downloads";
  const temporary = system === "windows"
    ? [env.TEMP, env.TMP]
    : ["/tmp", "/var/tmp", "/private/tmp", "/var/folders", "/private/var/folders", env.TMPDIR];
  if (temporary.some(below)) return "a folder for temporary files";
  return plain.includes("/apptranslocation/") ? "a place that macOS made for one run" : undefined;
}
