/**
 * Chooses the service manager of this system.
 *
 * @module
 */

import type { Env } from "../config/paths.ts";
import { launchdManager } from "./launchd.ts";
import type { Manager, ManagerContext } from "./manager.ts";
import { systemdManager } from "./systemd.ts";
import { taskScheduler } from "./task_scheduler.ts";

/** `undefined` on a system without a supported manager, and where the environment names no home folder. */
export function openManager(context: ManagerContext): Manager | undefined {
  const { system, env: { HOME } } = context;
  if (system === "windows") return taskScheduler(context);
  if (!HOME) return undefined;
  if (system === "darwin") return launchdManager(context, HOME);
  if (system === "linux") return systemdManager(context, settingsFolder(context.env, HOME));
  return undefined;
}

/** `$XDG_CONFIG_HOME`, or `~/.config`. The XDG specification: a relative path is invalid and must be ignored. */
function settingsFolder({ XDG_CONFIG_HOME: chosen }: Env, home: string): string {
  return chosen?.startsWith("/") ? chosen : `${home}/.config`;
}
