/**
 * The manager of services of this system.
 *
 * @module
 */

import type { Env } from "../config/paths.ts";
import { launchdManager } from "./launchd.ts";
import type { Manager, ManagerContext } from "./manager.ts";
import { systemdManager } from "./systemd.ts";
import { taskScheduler } from "./task_scheduler.ts";

/** Opens it; `undefined` where the system has none that the sidecar knows, or the environment names no home. */
export function openManager(context: ManagerContext): Manager | undefined {
  const { system, env: { HOME } } = context;
  if (system === "windows") return taskScheduler(context);
  if (!HOME) return undefined;
  if (system === "darwin") return launchdManager(context, HOME);
  if (system === "linux") return systemdManager(context, settingsFolder(context.env, HOME));
  return undefined;
}

/** The XDG specification: a path that is not absolute is invalid and must be ignored. */
function settingsFolder({ XDG_CONFIG_HOME: chosen }: Env, home: string): string {
  return chosen?.startsWith("/") ? chosen : `${home}/.config`;
}
