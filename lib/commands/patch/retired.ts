/**
 * Asks whether models that their provider retired are replaced. Nothing is replaced without a yes to exactly that.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import type { PatchStep } from "../../patch/apply.ts";
import type { Machine } from "../shared/this_machine.ts";
import type { PatchOptions } from "./patching.ts";

/**
 * The user's answer; `undefined` where there was nothing to ask, or nobody: then the models are only named.
 */
export async function replaceRetired(
  steps: readonly PatchStep[],
  { replaceRetired: answered, yes, dryRun }: PatchOptions,
  { questions, terminal: { out } }: Machine,
): Promise<boolean | undefined> {
  const retired = steps.flatMap(({ plan }) => plan.retired ?? []);
  if (retired.length === 0 || answered !== undefined) return undefined;
  for (const { sentence } of retired) out(`${cleanLine(sentence)}.\n`);
  if (!questions || yes || dryRun) {
    out("It stays as it is; sidecar init at a terminal offers to change it.\n");
    return undefined;
  }
  const successors = [...new Set(retired.map(({ successor }) => successor))].join(", ");
  return await questions.confirm(`Use ${successors} from now on?`);
}
