/**
 * Where the sidecar's own files live on each system.
 *
 * Pure: the system and the environment are arguments, and nothing is touched or created.
 *
 * @module
 */

/** Environment variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Which rules hold: `Deno.build.os`, of which only `windows` and `darwin` differ from the rest. */
export type System = typeof Deno.build.os;

/**
 * The configuration file that is read when none is named.
 *
 * Linux `$XDG_CONFIG_HOME/codex-sidecar/config.yaml` or `~/.config/…`; macOS
 * `~/Library/Application Support/codex-sidecar/`; Windows `%APPDATA%\codex-sidecar\`.
 *
 * @returns `undefined` where the environment names no home.
 */
export function configFile(system: System, env: Env): string | undefined {
  const folder = home(system, env, "APPDATA", "XDG_CONFIG_HOME", [".config"]);
  return folder && join(system, folder, "config.yaml");
}

/**
 * The folder for what the sidecar remembers: backups, manifests.
 *
 * Linux `$XDG_STATE_HOME/codex-sidecar` or `~/.local/state/…`; macOS as for the configuration; Windows
 * `%LOCALAPPDATA%\codex-sidecar`.
 *
 * @returns `undefined` where the environment names no home.
 */
export function stateDir(system: System, env: Env): string | undefined {
  return home(system, env, "LOCALAPPDATA", "XDG_STATE_HOME", [".local", "state"]);
}

function home(
  system: System,
  env: Env,
  windows: string,
  xdg: string,
  otherwise: string[],
): string | undefined {
  const under = (base: string | undefined, ...parts: string[]) =>
    base ? join(system, base, ...parts, "codex-sidecar") : undefined;
  if (system === "windows") return under(env[windows]);
  if (system === "darwin") return under(env.HOME, "Library", "Application Support");
  // The XDG specification: a path that is not absolute is invalid and must be ignored.
  const chosen = env[xdg]?.startsWith("/") ? env[xdg] : undefined;
  return under(chosen) ?? under(env.HOME, ...otherwise);
}

function join(system: System, ...parts: string[]): string {
  return parts.join(system === "windows" ? "\\" : "/");
}
