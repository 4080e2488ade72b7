/**
 * systemd's user manager, controlled through `systemctl --user`.
 *
 * @module
 */

import type { Failure } from "../base/errors.ts";
import type { Env } from "../config/paths.ts";
import { type Manager, type ManagerContext, type Ran, toolFailure } from "./manager.ts";
import { systemdUnit } from "./systemd_unit.ts";

const UNIT = "codex-sidecar.service";

/** The manager for units of this user. @param folder the user's settings folder: `~/.config` */
export function systemdManager({ env, runTool }: ManagerContext, folder: string): Manager {
  const units = `${folder}/systemd/user`;
  const systemctl = (...args: string[]) => runTool("systemctl", ["--user", ...args]);
  const must = async (...args: string[]) => {
    const ran = await systemctl(...args);
    if (ran.code !== 0) throw failure(env, args, ran);
  };
  return {
    name: "systemd --user",
    id: UNIT,
    note: "It ends when you have logged out everywhere; to keep it: loginctl enable-linger",
    file: `${units}/${UNIT}`,
    // The link that `enable` makes; where the manager cannot be reached, nothing else removes it.
    traces: [`${units}/default.target.wants/${UNIT}`],
    define: (service) => Promise.resolve(new TextEncoder().encode(systemdUnit(service))),
    async take(start) {
      await must("daemon-reload");
      await must("enable", UNIT);
      if (start) await must("restart", UNIT);
    },
    async stop(): Promise<Failure | undefined> {
      const args = ["disable", "--now", UNIT];
      const ran = await systemctl(...args);
      return ran.code === 0 ? undefined : failure(env, args, ran);
    },
    async forget() {
      await systemctl("daemon-reload");
      await systemctl("reset-failed", UNIT);
    },
    async running() {
      const { code, out } = await systemctl("is-active", UNIT);
      if (code === undefined || out.trim() === "") return undefined;
      return ["active", "activating", "reloading", "deactivating"].includes(out.trim());
    },
  };
}

function failure(env: Env, args: readonly string[], ran: Ran): Failure {
  return toolFailure("systemctl", ["--user", ...args], ran, advice(env, ran));
}

/** What the user can do where systemd cannot be reached, by environment. */
function advice(env: Env, { code, out, err }: Ran): string {
  const byHand = "or start the sidecar by hand: sidecar";
  const noBus = /connect to (the )?(user scope )?bus|XDG_RUNTIME_DIR|not been booted/i;
  if (code !== undefined && !noBus.test(err + out)) {
    return "journalctl --user -u codex-sidecar may tell more";
  }
  if (env.WSL_DISTRO_NAME) {
    return `WSL runs no systemd: write systemd=true below [boot] in /etc/wsl.conf and run wsl --shutdown in Windows, ${byHand}`;
  }
  if (code === undefined) return `This system has no systemd; ${byHand.slice("or ".length)}`;
  return `Log in as this user itself (by ssh, not su or sudo), or let its services run without a login: loginctl enable-linger; where no systemd runs, as in a container, ${
    byHand.slice("or ".length)
  }`;
}
