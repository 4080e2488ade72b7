/**
 * `sidecar service uninstall`: no sidecar at login any more. The way back needs no manager that answers.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { sweep } from "../../patch/disk.ts";
import type { ExitCode } from "../cli/output.ts";
import { findService, removeService } from "./found.ts";
import { refuseForeign } from "./install.ts";
import type { ServiceOptions } from "./plan.ts";
import { type Machine, thisMachine } from "../cli/this_machine.ts";

/**
 * Runs the command.
 *
 * @returns 0; also where there is nothing to remove
 * @throws {Failure} `bad_config`, where somebody else wrote what stands there, and where it cannot be removed.
 */
export async function uninstallService(
  { dryRun = false }: ServiceOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { terminal: { out } } = machine;
  const found = await findService(machine);
  if (found === undefined || found.is === "none") {
    // A draft of a killed install
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
  if (failure) out(`${found.manager.name} could not be told: ${failure.message}\n`);
  return 0;
}
