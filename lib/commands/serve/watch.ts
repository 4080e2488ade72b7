/**
 * What `serve` watches: the hosts that `init` recorded, and Codex's settings.
 *
 * @module
 */

import { stateDir } from "../../config/paths.ts";
import type { Observer } from "../../observe/observer.ts";
import { watchDrift } from "../../patch/drift.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/**
 * Starts watching; the returned function stops it.
 *
 * @param recorded is kept equal to the origins that the manifest records
 */
export async function watchSettings(
  recorded: string[],
  observer: Observer,
  machine: Machine = thisMachine(),
): Promise<() => void> {
  const { system, env } = machine;
  const folder = stateDir(system, env);
  if (folder === undefined) return () => {};
  return await watchDrift({ ...machine, port: 0, stateDir: folder }, {
    hosts: (hosts) => recorded.splice(0, recorded.length, ...hosts),
    notify: (sentence) => observer.notice("warning", sentence),
  });
}
