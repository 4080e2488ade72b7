/**
 * `sidecar undo`: back to what `init` found. Needs no network, no running program, and no memory either.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { type PatchStep, revertSteps } from "../../patch/apply.ts";
import { showDiff } from "../../patch/diff.ts";
import { editsOf } from "../../patch/manifest.ts";
import type { ExitCode } from "../cli/output.ts";
import {
  agreed,
  openPatching,
  type PatchOptions,
  printFindings,
  problemLines,
  refuseNewer,
} from "./patching.ts";
import { planServiceRevert } from "../service/offer.ts";
import { type Machine, thisMachine } from "../cli/this_machine.ts";

/**
 * Runs the command.
 *
 * @returns 0; also where there is nothing to take back, and where the user says no
 * @throws {Failure} `bad_config`, naming every place that could not go back; the others have.
 */
export async function undo(
  options: PatchOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { terminal: { out, color } } = machine;
  const patching = await openPatching(options, machine, "manifest");
  const { applier, places, manifest, memory } = patching;
  refuseNewer(memory, "; or move that file away, and undo goes by the URLs alone");
  const why = memory.trouble?.message ?? "No memory of an init";
  if (!manifest) out(`${why}: going by the URLs themselves.\n`);
  const steps: PatchStep[] = [];
  for (const place of places) {
    const plan = await place.planRevert(editsOf(manifest, place.name), manifest?.edits);
    steps.push({ integration: place, plan });
  }
  printFindings(steps, machine);
  const service = options.only === undefined ? await planServiceRevert(machine) : undefined;
  for (const line of service?.lines ?? []) out(`  ${cleanLine(line)}\n`);
  const problems = problemLines(steps.flatMap(({ plan }) => plan.problems));
  const edits = steps.reduce((sum, { plan }) => sum + plan.edits.length, 0);
  const count = edits + (service?.goes ? 1 : 0);
  if (edits > 0) out(`\n${showDiff(steps.flatMap(({ plan }) => plan.previews), color)}\n`);
  if (options.dryRun) out("Nothing was written: this was a dry run.\n");
  else if (count > 0 && !await agreed("Take these changes back?", options, machine)) {
    out("Nothing was changed.\n");
    return 0;
  } else {
    const failures = [...await revertSteps(steps, applier), await service?.apply()];
    problems.push(...failures.flatMap((failure) => failure ? [failure.fullMessage] : []));
    if (problems.length === 0) out(count > 0 ? "Done.\n" : "Nothing to take back.\n");
  }
  if (problems.length === 0) return 0;
  throw new Failure("bad_config", problems.join("\n"), {
    hint:
      "What stands there stayed as it was; everything else is back. Run sidecar undo again after mending it",
  });
}
