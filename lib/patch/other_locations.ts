/**
 * Settings that `init` was shown by a flag or a variable: `undo` finds them again without either.
 *
 * @module
 */

import { distinctPaths, folderOf } from "./folders.ts";
import type { Edit, IntegrationName, PatchContext, Plan } from "./integration.ts";

/**
 * The folders in which one program's settings were changed, but for those that are `known`; two paths to one folder
 * are one.
 */
export async function otherLocations(
  { disk }: PatchContext,
  place: IntegrationName,
  edits: readonly Edit[],
  known: readonly string[],
): Promise<string[]> {
  const files = edits.filter((edit) => edit.place === place).map(({ file }) => file);
  const folders = await distinctPaths(disk, [...known, ...files.map(folderOf)]);
  return folders.filter((folder) => !known.includes(folder));
}

/** Several plans of going back in one place, as one. Backups share a folder: of two equal names the first is kept. */
export function together(plans: readonly [Plan, ...Plan[]]): Plan {
  const [first, ...rest] = plans;
  if (rest.length === 0) return first;
  const inTurn = async (run: (plan: Plan) => Promise<void>) => {
    for (const plan of plans) await run(plan);
  };
  return {
    place: first.place,
    found: plans.flatMap(({ found }) => found),
    edits: plans.flatMap(({ edits }) => edits),
    previews: plans.flatMap(({ previews }) => previews),
    problems: plans.flatMap(({ problems }) => problems),
    backup: (dir) => inTurn((plan) => plan.backup(dir)),
    apply: () => inTurn((plan) => plan.apply()),
  };
}
