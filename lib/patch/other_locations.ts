/**
 * Settings in folders that a flag or a variable named at `init`: `undo` and `status` find them without either.
 *
 * The manifest's edits name the files, so their folders are looked into as well.
 *
 * @module
 */

import { asFailure, Failure } from "../base/errors.ts";
import { type DriftState, driftState } from "./drift_state.ts";
import { distinctPaths, folderOf } from "./folders.ts";
import type { Edit, IntegrationName, IntegrationState, PatchContext, Plan } from "./integration.ts";

/** Where one program keeps its settings. */
export interface SettingsFinder {
  readonly name: IntegrationName;
  /** Whether the user named the folder; then no other one counts for the state. */
  readonly named: boolean;
  /** A context that looks into `folder` and nowhere else. */
  at(folder: string): PatchContext;
  /**
   * The folder of the settings that a context leads to; `undefined` where there are none.
   *
   * @throws {Failure} `bad_config` where the system refuses
   */
  find(context: PatchContext): Promise<string | undefined>;
}

/** Plans the revert in the context's own folder and in every other location, as one plan. */
export async function planRevertAnywhere(
  context: PatchContext,
  edits: readonly Edit[],
  finder: SettingsFinder,
  plan: (context: PatchContext) => Promise<Plan>,
): Promise<Plan> {
  const others = await otherLocations(context, edits, finder);
  return combinePlans([await plan(context), ...await Promise.all(others.map(plan))]);
}

/**
 * The state of one program's settings: in the first other location where there is one, else in the context's folder.
 *
 * @param edits all of the manifest's edits
 * @param read what is known of the settings; `own` are the edits of this program
 * @returns `drifted` or `untouched` with the failure as its fact, where the settings cannot be read
 */
export async function stateAnywhere(
  context: PatchContext,
  edits: readonly Edit[],
  finder: SettingsFinder,
  read: (context: PatchContext, own: readonly Edit[]) => Promise<DriftState | undefined>,
): Promise<IntegrationState> {
  const { name } = finder;
  const own = edits.filter(({ place }) => place === name);
  try {
    const [other] = finder.named ? [] : await otherLocations(context, own, finder);
    return driftState(name, own, await read(other ?? context, own));
  } catch (error) {
    const state = own.length > 0 ? "drifted" : "untouched";
    return { place: name, state, facts: [asFailure(error).message] };
  }
}

/**
 * The contexts of the folders that the edits name and that still hold settings, without the context's own folder.
 *
 * Two paths to one folder are one. A folder that cannot be looked at counts: its plan names the problem, and then its
 * edits stay in the manifest.
 */
async function otherLocations(
  context: PatchContext,
  edits: readonly Edit[],
  { name, at, find }: SettingsFinder,
): Promise<PatchContext[]> {
  const own = await find(context).catch(asFailure);
  const known = typeof own === "string" ? [own] : [];
  const files = edits.filter(({ place }) => place === name).map(({ file }) => file);
  const folders = await distinctPaths(context.disk, [...known, ...files.map(folderOf)]);
  const out: PatchContext[] = [];
  for (const folder of folders.slice(known.length)) {
    const other = at(folder);
    const found = await find(other).catch(asFailure);
    const same = own instanceof Failure && found instanceof Failure &&
      own.message === found.message;
    if (found !== undefined && !same) out.push(other);
  }
  return out;
}

/** Several plans of one integration as one. Their backups share a folder: of two equal names the first is kept. */
function combinePlans(plans: readonly [Plan, ...Plan[]]): Plan {
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
