/**
 * Applies plans: back up, write the manifest, change the settings. Either all changes are made or none.
 *
 * The manifest comes first. A killed run leaves a manifest with the state `pending` and every change that it may have
 * made: the next `init` finishes them, the next `undo` reverts them.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { asFailure, Failure } from "../base/errors.ts";
import type { System } from "../config/paths.ts";
import { makeBackupFolder } from "./state/backup_folders.ts";
import { joinPath } from "./folders.ts";
import type { Disk } from "./disk/disk.ts";
import { diskFailure } from "./disk/errors.ts";
import { whileAlone } from "./disk/lock.ts";
import { sweep } from "./disk/replace.ts";
import {
  keepUnreadable,
  type Manifest,
  manifestFile,
  readManifest,
  writeManifest,
} from "./state/manifest.ts";
import { mergeEdits } from "./codex/table_memory.ts";
import type { Integration, Plan } from "./integration.ts";

/** The file in the state folder whose lock every change takes. */
const LOCK = "lock";

/** What {@link applySteps} and {@link revertSteps} need. */
export interface Applier {
  readonly system: System;
  readonly disk: Disk;
  readonly clock: Clock;
  readonly stateDir: string;
  readonly port: number;
  /** The list of changes by which the plans were made; absent where it was not asked, and then not compared. */
  readonly known?: Manifest | undefined;
}

/** An integration and its plan. */
export interface PatchStep {
  readonly integration: Integration;
  readonly plan: Plan;
}

/**
 * Makes the changes of `init`.
 *
 * @returns the path of the backup folder
 * @throws {Failure} `bad_config`, when a change is not possible; then all changes are reverted
 */
export async function applySteps(steps: readonly PatchStep[], applier: Applier): Promise<string> {
  const { disk, clock, system, stateDir } = applier;
  await disk.makeFolder(stateDir).catch((error) => {
    throw diskFailure(`create ${stateDir}`, error);
  });
  const lock = joinPath(system, stateDir, LOCK);
  return await whileAlone(disk, clock, lock, () => applyAlone(steps, applier));
}

async function applyAlone(steps: readonly PatchStep[], applier: Applier): Promise<string> {
  const { disk, port } = applier;
  const path = manifestFile(applier.system, applier.stateDir);
  const previous = await readManifest(disk, path);
  refuseStale(previous, applier);
  const folder = await backUp(steps, applier);
  const edits = mergeEdits(previous?.edits ?? [], steps.flatMap(({ plan }) => plan.edits));
  const next = { version: 1, at: isoTime(applier), port, edits } as const;
  await keepUnreadable(disk, path);
  await writeManifest(disk, path, { ...next, state: "pending" });
  const applied: PatchStep[] = [];
  try {
    for (const step of steps) {
      await step.plan.apply();
      applied.unshift(step);
    }
  } catch (error) {
    await revertApplied(applied, error);
    // Another init may have finished in the meantime: its manifest stays.
    const now = await readManifest(disk, path);
    if (now?.state === "pending" && now.at === next.at) await writeManifest(disk, path, previous);
    throw error;
  }
  await writeManifest(disk, path, { ...next, state: "done" });
  return folder;
}

/**
 * Makes the changes of `undo`, for each integration separately. Where one fails, its edits stay in the manifest, and the
 * others are reverted all the same.
 *
 * @returns the failures
 */
export async function revertSteps(
  steps: readonly PatchStep[],
  applier: Applier,
): Promise<Failure[]> {
  const { disk, clock, system, stateDir } = applier;
  const lock = joinPath(system, stateDir, LOCK);
  // Where there is no list that this user could read or write, there is nothing to guard.
  return await whileAlone(disk, clock, lock, () => revertAlone(steps, applier), "if possible");
}

async function revertAlone(steps: readonly PatchStep[], applier: Applier): Promise<Failure[]> {
  const { disk, system, stateDir } = applier;
  const path = manifestFile(system, stateDir);
  const manifest = await readManifest(disk, path);
  refuseStale(manifest, applier);
  const changing = steps.filter(({ plan }) => plan.edits.length > 0);
  if (changing.length > 0) await backUpIfPossible(changing, applier);
  const failures: Failure[] = [];
  const kept = new Set<string>();
  for (const { integration: { name }, plan } of steps) {
    if (plan.problems.length > 0) kept.add(name);
    else if (plan.edits.length > 0) {
      try {
        await plan.apply();
      } catch (error) {
        kept.add(name);
        failures.push(asFailure(error));
      }
    }
  }
  for (const file of new Set(manifest?.edits.map((edit) => edit.file))) await sweep(disk, file);
  const asked = new Set(steps.map(({ integration }) => integration.name));
  const edits = manifest?.edits.filter(({ place }) => !asked.has(place) || kept.has(place)) ?? [];
  const left: Manifest | undefined = manifest && edits.length > 0
    ? { ...manifest, edits }
    : undefined;
  if (manifest) await writeManifest(disk, path, left);
  return failures;
}

/** Plans are made before the lock is taken, since a person may think about them for long. */
function refuseStale(now: Manifest | undefined, applier: Applier): void {
  if (!("known" in applier) || JSON.stringify(now) === JSON.stringify(applier.known)) return;
  throw new Failure(
    "bad_config",
    "Another sidecar init or undo has changed these settings just now",
    {
      hint: "Run the command again",
    },
  );
}

async function backUp(steps: readonly PatchStep[], applier: Applier): Promise<string> {
  const folder = await makeBackupFolder({ ...applier, at: isoTime(applier) });
  for (const { plan } of steps) await plan.backup(folder);
  return folder;
}

/** A revert goes on without a backup: that one would only hold the settings that `init` made. */
async function backUpIfPossible(steps: readonly PatchStep[], applier: Applier): Promise<void> {
  try {
    await backUp(steps, applier);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

/** Reverts the steps before a failure. Changes that cannot be reverted stay in the manifest for `sidecar undo`. */
async function revertApplied(applied: readonly PatchStep[], cause: unknown): Promise<void> {
  for (const { integration, plan } of applied) {
    try {
      await (await integration.planRevert(plan.edits)).apply();
    } catch (error) {
      throw new Failure(
        "bad_config",
        `${asFailure(cause).message}; and what was changed before could not be taken back: ${
          asFailure(error).message
        }`,
        {
          cause: error,
          hint: "Run sidecar undo",
        },
      );
    }
  }
}

function isoTime({ clock }: Applier): string {
  return new Date(clock.wall()).toISOString();
}
