/**
 * Declares the commands that start the sidecar at every login: `service install`, `uninstall` and `status`.
 *
 * @module
 */

import type { Command } from "commander";
import { examples, exitCodes, settingsFrom } from "./help.ts";
import type { ServiceOptions } from "../service/plan.ts";

/** The functions that the commands run; tests replace them. */
export interface ServiceCommands {
  /** @default `install.ts` */
  readonly installService?: (options: ServiceOptions) => Promise<number>;
  /** @default `uninstall.ts` */
  readonly uninstallService?: (options: ServiceOptions) => Promise<number>;
  /** @default `status.ts` */
  readonly showService?: (options: ServiceOptions) => Promise<number>;
}

/** Adds `service install`, `service uninstall` and `service status`. */
export function addServiceCommands(
  program: Command,
  deps: ServiceCommands,
  end: (code: number) => void,
): void {
  const service = program.command("service")
    .summary("start the sidecar at every login: install, uninstall, status")
    .description(
      "Keeps a sidecar running in the background: started at every login, started again when it fails. A \
user unit of systemd on Linux, an agent of launchd on macOS, a task of the Task Scheduler on \
Windows; no root and no administrator.",
    )
    .helpCommand("help [command]", "print the help of a command");
  addInstall(service, deps, end);
  const uninstall = service.command("uninstall")
    .summary("stop it and remove it")
    .description(
      "Lets running answers finish (not on Windows, which cannot ask a program to stop), and removes what \
install wrote. Removes nothing that another program wrote. The log stays.",
    )
    .option("--dry-run", "show what would be removed and remove nothing")
    .action(async (options: ServiceOptions) => {
      const run = deps.uninstallService ??
        (await import("../service/uninstall.ts")).uninstallService;
      end(await run(options));
    });
  examples(uninstall, [
    ["sidecar service uninstall", "no sidecar at login any more"],
    ["sidecar service uninstall --dry-run", "only show it"],
  ]);
  const status = service.command("status")
    .summary("is it installed, does it run, does it answer")
    .description(
      "Says whether a service is installed and by whom, whether it runs, and whether it answers.",
    )
    .option("--json", "print it as JSON: {installed, by, running, port, where, up}")
    .action(async (options: ServiceOptions) => {
      const run = deps.showService ?? (await import("../service/status.ts")).showService;
      end(await run(options));
    });
  examples(status, [
    ["sidecar service status", "for people"],
    ["sidecar service status --json", "for scripts"],
  ]);
  exitCodes(status, [
    ["0", "it is installed and answers"],
    ["1", "it is not installed, or does not answer"],
    ["2", "wrong usage"],
  ]);
}

function addInstall(service: Command, deps: ServiceCommands, end: (code: number) => void): void {
  const install = service.command("install")
    .summary("start it now and at every login")
    .description(
      "Writes the service, starts it and waits until it answers. A second install rewrites it with the \
options of that call, and restarts it. Proxy settings and SIDECAR_ variables of this shell go with \
it; keys and passwords are never written, and it says where to put them. Its log goes to log.dir, \
else to logs/sidecar.log in the sidecar's own folder.",
    )
    .option("--config <file>", "settings file of the service (default: config.yaml, see below)")
    .option("--port <number>", "port of the service (default: 8411)")
    .option("--dry-run", "show what would be written and write nothing")
    .action(async (options: ServiceOptions) => {
      const run = deps.installService ?? (await import("../service/install.ts")).installService;
      end(await run(options));
    });
  examples(install, [
    ["sidecar service install", "with the usual config.yaml"],
    [
      "sidecar service install --port 9000",
      "on another port; run sidecar init --port 9000 too",
    ],
    ["sidecar service install --dry-run", "only show it"],
  ]);
  settingsFrom(install);
  exitCodes(install, [
    ["0", "it is installed and answers, or waits for a sidecar that was started by hand"],
    ["1", "it is installed and does not answer"],
    ["2", "nothing was installed: wrong usage or settings, or the system refused"],
  ]);
}
