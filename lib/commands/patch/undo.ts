/**
 * `sidecar undo`: restores what `init` changed. Needs no network, no running program and no record of the changes.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { type PatchStep, revertSteps } from "../../patch/apply.ts";
import { showDiff } from "../../patch/diff.ts";
import { editsOf } from "../../patch/state/manifest.ts";
import { findCopies } from "./copies.ts";
import type { ExitCode } from "../shared/output.ts";
import {
  agreed,
  openPatching,
  type PatchOptions,
  printFindings,
  problemLines,
  refuseNewer,
} from "./patching.ts";
import { planServiceRevert } from "./service_offer.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/**
 * Runs the command.
 *
 * @returns 0; also where there is nothing to revert, and where the user declines
 * @throws {Failure} `bad_config`, naming everything that could not be restored; the rest is.
 */
export async function undo(
  options: PatchOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { terminal: { out, color } } = machine;
  const patching = await openPatching(options, machine, "manifest");
  const { applier, places, manifest, memory } = patching;
  refuseNewer(memory, "; or move that file away, and undo finds the sidecar's URLs without it");
  const why = memory.trouble?.message ?? "There is no record of an init";
  if (!manifest) out(`${why}: looking for the sidecar's URLs instead.\n`);
  const steps: PatchStep[] = [];
  for (const place of places) {
    const plan = await place.planRevert(editsOf(manifest, place.name), manifest?.edits);
    steps.push({ integration: place, plan });
  }
  printFindings(steps, machine);
  const service = options.only === undefined ? await planServiceRevert(machine) : undefined;
  for (const line of service?.lines ?? []) out(`  ${cleanLine(line)}\n`);
  const copies = await findCopies(patching.context, options);
  for (const line of copies.lines) out(`  ${line}\n`);
  const problems = problemLines(steps.flatMap(({ plan }) => plan.problems));
  const edits = steps.reduce((sum, { plan }) => sum + plan.edits.length, 0);
  const count = edits + (service?.goes ? 1 : 0) + (copies.go ? 1 : 0);
  if (edits > 0) out(`\n${showDiff(steps.flatMap(({ plan }) => plan.previews), color)}\n`);
  if (options.dryRun) out("Nothing was written: this was a dry run.\n");
  else if (count > 0 && !await agreed("Revert these changes?", options, machine)) {
    out("Nothing was changed.\n");
    return 0;
  } else {
    const failures = [...await revertSteps(steps, applier), await service?.apply()];
    problems.push(...failures.flatMap((failure) => failure ? [failure.fullMessage] : []));
    // What cannot be restored may be restored by hand from a copy.
    const refused = problems.length === 0 ? await copies.remove() : undefined;
    if (refused) problems.push(refused.fullMessage);
    const remaining = await copies.remaining();
    if (remaining !== undefined) out(`${remaining}\n`);
    if (problems.length === 0) out(count > 0 ? "Done.\n" : "Nothing to revert.\n");
  }
  if (problems.length === 0) return 0;
  throw new Failure("bad_config", problems.join("\n"), {
    hint:
      "These settings stayed as they were; everything else is restored. Correct them and run sidecar undo again",
  });
}
