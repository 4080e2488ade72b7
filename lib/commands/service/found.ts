/**
 * The service on this machine: whether one is installed, whose it is, and how it is removed.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import { stateDir } from "../../config/paths.ts";
import { diskFailure } from "../../patch/disk/errors.ts";
import { sweep } from "../../patch/disk/replace.ts";
import { shortPath } from "../../patch/folders.ts";
import type { Manager } from "../../service/manager.ts";
import { openManager } from "../../service/open_manager.ts";
import { type Installer, readMark, type ServiceMark } from "../../service/service.ts";
import { type Machine, textsOf } from "../shared/this_machine.ts";

/** What is installed under the service's name. */
export interface FoundService {
  readonly manager: Manager;
  /** `foreign`: somebody else wrote it; it is neither overwritten nor removed. */
  readonly is: "none" | "ours" | "foreign";
  /** What our own file records. */
  readonly mark: ServiceMark | undefined;
  /** Its file or task, as people write it. */
  readonly where: string;
}

/** What `status --json` prints of it. */
export interface ServiceState {
  readonly installed: boolean;
  /** `null` where none is installed. */
  readonly by: Installer | "someone else" | null;
  /** `null` where none is installed, and where the manager of services does not say. */
  readonly running: boolean | null;
  /** The port it was installed for; `null` where none of ours is. */
  readonly port: number | null;
  /** The file or task of its definition; `null` where none is. */
  readonly where: string | null;
}

/** Looks for the service; `undefined` where the system has no manager of services that the sidecar knows. */
export async function findService(machine: Machine): Promise<FoundService | undefined> {
  const { system, env, disk } = machine;
  const folder = stateDir(system, env);
  const manager = folder === undefined ? undefined : openManager({ ...machine, stateDir: folder });
  if (manager === undefined) return undefined;
  const text = manager.registered
    ? await manager.registered()
    : await textsOf({ disk })(manager.file);
  const mark = text === undefined ? undefined : readMark(text);
  return {
    manager,
    is: text === undefined ? "none" : mark ? "ours" : "foreign",
    mark,
    where: manager.registered ? `task ${manager.id}` : shortPath(system, env, manager.file),
  };
}

/** What is installed, and whether it runs. */
export async function serviceState(machine: Machine): Promise<ServiceState> {
  const found = await findService(machine);
  if (found === undefined || found.is === "none") {
    return { installed: false, by: null, running: null, port: null, where: null };
  }
  const { mark, manager, where } = found;
  return {
    installed: true,
    by: mark?.by ?? "someone else",
    running: mark ? await manager.running() ?? null : null,
    port: mark?.port ?? null,
    where,
  };
}

/**
 * Stops our service and removes it, with or without the help of its manager.
 *
 * @returns why the manager could not stop it; the file is removed all the same
 * @throws {Failure} `bad_config`, where the file cannot be removed.
 */
export async function removeService(
  { manager }: FoundService,
  { disk }: Machine,
): Promise<Failure | undefined> {
  const failure = await manager.stop();
  if (manager.registered && failure) throw failure;
  for (const path of [...manager.traces, manager.file]) {
    try {
      await disk.remove(path);
      await sweep(disk, path);
    } catch (error) {
      throw diskFailure(`remove ${path}`, error);
    }
  }
  await manager.forget();
  return failure;
}
