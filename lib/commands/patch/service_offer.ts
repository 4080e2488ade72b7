/**
 * What `init` and `undo` do about the service: `init` offers it, `undo` removes what `init` installed.
 *
 * @module
 */

import { asFailure, type Failure } from "../../base/errors.ts";
import { sweep } from "../../patch/disk/replace.ts";
import { findService, type FoundService, removeService } from "../service/found.ts";
import { installService } from "../service/install.ts";
import type { PatchOptions } from "./patching.ts";
import type { Machine } from "../shared/this_machine.ts";

/** Printed where nobody was asked. */
const MENTION = "To start it at every login: sidecar service install\n";

/** What `init` does about the service after its changes. @returns whether it was installed */
export async function offerService(
  { service = false, yes = false, port, dryRun }: PatchOptions,
  machine: Machine,
  ask?: Parameters<typeof installService>[3],
): Promise<"installed" | "failed" | "left"> {
  const { terminal: { out }, questions } = machine;
  const found = await findService(machine);
  if (!service) {
    if (found?.is !== "none") return "left";
    const wanted = !yes && await questions?.confirm("Start the sidecar at every login?");
    if (!wanted) {
      out(MENTION);
      return "left";
    }
  }
  try {
    await installService({ port, dryRun }, machine, "sidecar init", ask);
    return "installed";
  } catch (error) {
    out(`The service could not be installed: ${asFailure(error).fullMessage}\n`);
    return "failed";
  }
}

/** Mentions the service where `init` has nothing to change and none is installed. */
export async function mentionService(machine: Machine): Promise<void> {
  if ((await findService(machine))?.is === "none") machine.terminal.out(MENTION);
}

/** What `undo` does about the service. */
export interface ServiceRevert {
  /** Lines for the list of what was found. */
  readonly lines: readonly string[];
  /** Whether there is one to remove. */
  readonly goes: boolean;
  /** Removes it. @returns what failed */
  apply(): Promise<Failure | undefined>;
}

/** Plans what `undo` does about it: what `init` installed is removed, what the user installed stays. */
export async function planServiceRevert(machine: Machine): Promise<ServiceRevert> {
  const found = await findService(machine);
  const goes = found?.mark?.by === "sidecar init";
  return {
    goes,
    lines: found ? linesOf(found) : [],
    async apply() {
      if (found) await sweep(machine.disk, found.manager.file);
      if (!found || !goes) return undefined;
      try {
        const failure = await removeService(found, machine);
        if (failure) {
          machine.terminal.out(`${found.manager.name} could not stop it: ${failure.message}\n`);
        }
        return undefined;
      } catch (error) {
        return asFailure(error);
      }
    },
  };
}

function linesOf({ mark, where }: FoundService): string[] {
  if (!mark) return [];
  return [
    mark.by === "sidecar init"
      ? `${where}: the service that init installed; it is stopped and removed`
      : `${where}: installed by sidecar service install, and stays; sidecar service uninstall removes it`,
  ];
}
