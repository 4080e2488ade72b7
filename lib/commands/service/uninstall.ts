/**
 * `sidecar service uninstall`: stops starting the sidecar at login. Works without a manager that answers.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { sweep } from "../../patch/disk/replace.ts";
import type { ExitCode } from "../shared/output.ts";
import { findService, removeService } from "./found.ts";
import { refuseForeign } from "./install.ts";
import type { ServiceOptions } from "./plan.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/**
 * Runs the command.
 *
 * @returns 0; also where there is nothing to remove
 * @throws {Failure} `bad_config`, where another program wrote the service, and where it cannot be removed.
 */
export async function uninstallService(
  { dryRun = false }: ServiceOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { terminal: { out } } = machine;
  const found = await findService(machine);
  if (found === undefined || found.is === "none") {
    // A file that an interrupted install left
    if (found && !dryRun) await sweep(machine.disk, found.manager.file);
    out("Nothing to remove: no service is installed.\n");
    return 0;
  }
  refuseForeign(found);
  if (dryRun) {
    out(
      `Would stop the service and remove ${found.where}.\nNothing was removed: this was a dry run.\n`,
    );
    return 0;
  }
  const failure = await removeService(found, machine);
  out(`Removed: ${cleanLine(found.where)}\n`);
  if (failure) out(`${found.manager.name} could not stop it: ${failure.message}\n`);
  return 0;
}
