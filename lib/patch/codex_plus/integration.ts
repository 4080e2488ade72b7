/**
 * Codex++'s relay profiles as a place: `settings.json` in its own folder.
 *
 * @module
 */

import { asFailure } from "../../base/errors.ts";
import { whileLocked } from "./lock.ts";
import { patchPlus, type PlusPatch, type PlusProfile, revertCodexPlus } from "./settings.ts";
import { otherLocations, together } from "../other_locations.ts";
import { applyFiles, backUpFiles } from "../file_changes.ts";
import { absolutePath, folderOf, joinPath, shortPath, userHome } from "../folders.ts";
import { driftState, standing } from "../drift_state.ts";
import {
  type Edit,
  type Integration,
  nothing,
  type PatchContext,
  type Plan,
  type Problem,
} from "../integration.ts";
import { shownUrl } from "../relay_url.ts";
import { readTextFile, statFile } from "../text_file.ts";

const PLACE = "codex++";

/** Its folder, on every system; the name is older than the program's (docs/facts/switchers.md §5.1). */
const FOLDER = ".codex-session-delete";

/** The port of its own proxy. */
const PROXY_PORT = 57_321;

const NAMES = /^codex[-_ ]?(?:plus|\+\+)/i;

/** Codex++'s settings on this machine. */
export function codexPlusIntegration(context: PatchContext): Integration {
  return {
    name: PLACE,
    plan: () => planned(context, (text, file) => patchPlus(text, context.port, file), words),
    planRevert: async (edits) => {
      const back = (one: PatchContext) =>
        planned(one, (text, file) => revertCodexPlus(text, ownOf(edits), file), wordsBack);
      const more = await elsewhere(context, edits);
      return together([await back(context), ...await Promise.all(more.map(back))]);
    },
    state: async (edits) => {
      const own = ownOf(edits);
      const [other] = context.codexPlusDir ? [] : await elsewhere(context, own);
      const path = settingsPath(other ?? context);
      try {
        const file = path === undefined ? undefined : await readTextFile(context.disk, path);
        if (!file || path === undefined) return driftState(PLACE, own, undefined);
        const forth = patchPlus(file.text, context.port, path);
        return driftState(PLACE, own, {
          forth: placed(forth, path),
          back: placed(revertCodexPlus(file.text, own, path), path),
          facts: forth.profiles.flatMap((profile) => standing(profile.what, profile)),
          changed: (await context.disk.stat(path))?.changed,
        });
      } catch (error) {
        const state = own.length > 0 ? "drifted" : "untouched";
        return { place: PLACE, state, facts: [asFailure(error).message] };
      }
    },
  };
}

/** The same for each other folder in which something was changed, and still is. */
async function elsewhere(
  context: PatchContext,
  edits: readonly Edit[],
): Promise<PatchContext[]> {
  const path = settingsPath(context);
  const known = path === undefined ? [] : [folderOf(path)];
  const out: PatchContext[] = [];
  for (const codexPlusDir of await otherLocations(context, PLACE, edits, known)) {
    const other = { ...context, codexPlusDir };
    if ((await statFile(context.disk, settingsPath(other) ?? ""))?.isFile) out.push(other);
  }
  return out;
}

async function planned(
  context: PatchContext,
  draw: (text: string, file: string) => PlusPatch,
  say: (profile: PlusProfile) => string[],
): Promise<Plan> {
  const { disk, clock } = context;
  const path = settingsPath(context);
  if (path === undefined) return nothing(PLACE, ["Codex++ keeps nothing here"]);
  try {
    const file = await readTextFile(disk, path);
    if (!file) return absent(context, path);
    const patch = draw(file.text, path);
    const found = patch.profiles.flatMap(say);
    if (patch.text === file.text) return nothing(PLACE, found);
    const changes = [{ path, before: file.bytes, after: new TextEncoder().encode(patch.text) }];
    const running = await plusRunning(context, path);
    return {
      place: PLACE,
      found: [...found, ...running.found],
      edits: placed(patch, path),
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
    const { code, message, facts: { hint } } = asFailure(error);
    if (code !== "bad_config") throw error;
    const problem = { file: path, why: message, ...(hint === undefined ? {} : { hint }) };
    return nothing(PLACE, [], [problem]);
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
  if (!codexPlusDir) return nothing(PLACE, ["Codex++ keeps nothing here"]);
  const hint = "Name the folder that holds it with --codex-plus-dir";
  return nothing(PLACE, [], [{ file, why: "there is no such file", hint }]);
}

/** What it means that it runs now: without a lock it writes back what it holds in memory. */
async function plusRunning(
  context: PatchContext,
  file: string,
): Promise<{ problem?: Problem; found: readonly string[] }> {
  const proxy = await context.listening(PROXY_PORT);
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

function placed({ edits }: PlusPatch, file: string): Edit[] {
  return edits.map((edit) => ({ ...edit, place: PLACE, file }));
}

function ownOf(edits: readonly Edit[]): Edit[] {
  return edits.filter(({ place }) => place === PLACE);
}

function words({ what, url, left, edits }: PlusProfile): string[] {
  if (left !== undefined) return [left];
  const already = edits.length === 0 ? ", through the sidecar already" : "";
  return [`${what} goes to ${shownUrl(url ?? "")}${already}`];
}

function wordsBack({ what, left, edits }: PlusProfile): string[] {
  if (left !== undefined) return [left];
  return edits.length > 0 ? [`${what} goes back`] : [];
}
