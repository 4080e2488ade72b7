/**
 * The integration with Codex++: the relay profiles in `settings.json` in its own folder.
 *
 * @module
 */

import { portsOf } from "../../base/front_proxies.ts";
import { anyListens, readFronts } from "../fronts.ts";
import { whileLocked } from "./lock.ts";
import { patchCodexPlus, type PlusPatch, type PlusProfile, revertCodexPlus } from "./settings.ts";
import { planRevertAnywhere, type SettingsFinder, stateAnywhere } from "../other_locations.ts";
import { applyFiles, backUpFiles } from "../file_changes.ts";
import { absolutePath, folderOf, joinPath, shortPath, userHome } from "../folders.ts";
import { providerFacts } from "../drift_state.ts";
import {
  type Edit,
  emptyPlan,
  type Integration,
  type PatchContext,
  type Plan,
  type PlanProblem,
  problemOf,
} from "../integration.ts";
import { displayUrl } from "../relay_url.ts";
import { readTextFile, statFile } from "../text_file.ts";

const INTEGRATION = "codex++";

/** Its folder, on every system; the name is older than the program's (docs/facts/switchers.md §5.1). */
const FOLDER = ".codex-session-delete";

const NAMES = /^codex[-_ ]?(?:plus|\+\+)/i;

/** Codex++'s settings on this machine. */
export function codexPlusIntegration(context: PatchContext): Integration {
  const finder: SettingsFinder = {
    name: INTEGRATION,
    named: Boolean(context.codexPlusDir),
    at: (codexPlusDir) => ({ ...context, codexPlusDir }),
    find: async (one) => {
      const path = settingsPath(one);
      const facts = path === undefined ? undefined : await statFile(one.disk, path);
      return path !== undefined && facts?.isFile ? folderOf(path) : undefined;
    },
  };
  return {
    name: INTEGRATION,
    plan: async () => {
      const fronts = await readFronts(context);
      const patch = (text: string, file: string) =>
        patchCodexPlus(text, context.port, file, fronts);
      return await planned(context, patch, planLines);
    },
    planRevert: (edits, all) =>
      planRevertAnywhere(
        context,
        edits,
        finder,
        (one) =>
          planned(one, (text, file) => revertCodexPlus(text, ownOf(edits), file, all), revertLines),
      ),
    state: (edits) =>
      stateAnywhere(context, edits, finder, async (one, own) => {
        const path = settingsPath(one);
        const file = path === undefined ? undefined : await readTextFile(one.disk, path);
        if (!file || path === undefined) return undefined;
        const patch = patchCodexPlus(file.text, one.port, path, await readFronts(one));
        return {
          toApply: located(patch, path),
          toRevert: located(revertCodexPlus(file.text, own, path), path),
          facts: patch.profiles.flatMap((profile) => providerFacts(profile.what, profile)),
          changed: (await one.disk.stat(path))?.changed,
        };
      }),
  };
}

async function planned(
  context: PatchContext,
  edit: (text: string, file: string) => PlusPatch,
  lines: (profile: PlusProfile) => string[],
): Promise<Plan> {
  const { disk, clock } = context;
  const path = settingsPath(context);
  if (path === undefined) return emptyPlan(INTEGRATION, ["Codex++ keeps nothing here"]);
  try {
    const file = await readTextFile(disk, path);
    if (!file) return absent(context, path);
    const patch = edit(file.text, path);
    const found = patch.profiles.flatMap(lines);
    if (patch.text === file.text) return emptyPlan(INTEGRATION, found);
    const changes = [{ path, before: file.bytes, after: new TextEncoder().encode(patch.text) }];
    const running = await plusRunning(context, path);
    return {
      place: INTEGRATION,
      found: [...found, ...running.found],
      edits: located(patch, path),
      previews: patch.profiles.filter(({ edits }) => edits.length > 0).map((profile) => ({
        title: `${shortPath(context.system, context.env, path)}, ${profile.what}`,
        before: profile.before,
        after: profile.after,
      })),
      problems: running.problem ? [running.problem] : [],
      backup: (dir) => backUpFiles(disk, dir, "codex-plus", changes),
      apply: () => whileLocked(`${path}.lock`, clock, () => applyFiles(disk, changes)),
    };
  } catch (error) {
    return emptyPlan(INTEGRATION, [], [problemOf(path, error)]);
  }
}

function settingsPath({ system, env, codexPlusDir }: PatchContext): string | undefined {
  if (codexPlusDir) {
    return joinPath(system, absolutePath(system, codexPlusDir), "settings.json");
  }
  const home = userHome(system, env);
  return home === undefined ? undefined : joinPath(system, home, FOLDER, "settings.json");
}

function absent({ codexPlusDir }: PatchContext, file: string): Plan {
  if (!codexPlusDir) return emptyPlan(INTEGRATION, ["Codex++ keeps nothing here"]);
  const hint = "Name the folder that holds it with --codex-plus-dir";
  return emptyPlan(INTEGRATION, [], [{ file, why: "there is no such file", hint }]);
}

/** Whether the settings may be changed now: a running Codex++ without a lock file writes back those in its memory. */
async function plusRunning(
  context: PatchContext,
  file: string,
): Promise<{ problem?: PlanProblem; found: readonly string[] }> {
  const proxy = await anyListens(context, portsOf("Codex++", await readFronts(context)));
  if (!proxy && !(await context.processes()).some((name) => NAMES.test(name))) return { found: [] };
  if (await statFile(context.disk, `${file}.lock`)) {
    return {
      found: ["Codex++ runs: close its settings, which it would save as it shows them"],
    };
  }
  const why =
    "Codex++ runs, and this version of it takes no lock: it could write back what it has in memory";
  return { problem: { file, why, hint: "Quit Codex++ and run the command again" }, found: [] };
}

function located({ edits }: PlusPatch, file: string): Edit[] {
  return edits.map((edit) => ({ ...edit, place: INTEGRATION, file }));
}

function ownOf(edits: readonly Edit[]): Edit[] {
  return edits.filter(({ place }) => place === INTEGRATION);
}

function planLines({ what, url, left, edits }: PlusProfile): string[] {
  if (left !== undefined) return [left];
  const already = edits.length === 0 ? ", through the sidecar already" : "";
  return [`${what} goes to ${displayUrl(url ?? "")}${already}`];
}

function revertLines({ what, left, edits }: PlusProfile): string[] {
  if (left !== undefined) return [left];
  return edits.length > 0 ? [`${what} goes back`] : [];
}
