/**
 * The integration with cc-switch: all of its providers for Codex, in the database or in the file of older versions.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { readDatabase, writeDatabase } from "./database.ts";
import { findCcSwitch, type SwitchHome } from "./home.ts";
import { legacyStore } from "./legacy.ts";
import { type PlannedRecord, planSwitch, planSwitchRevert, type SwitchDraft } from "./plan.ts";
import { readFronts } from "../fronts.ts";
import { switchRunning } from "./running.ts";
import type { DatabaseOptions } from "./session.ts";
import type { SwitchChange, SwitchSnapshot, SwitchStore } from "./snapshot.ts";
import type { Disk } from "../disk/disk.ts";
import { diskFailure } from "../disk/errors.ts";
import { planRevertAnywhere, type SettingsFinder, stateAnywhere } from "../other_locations.ts";
import { joinPath, shortPath } from "../folders.ts";
import { providerFacts } from "../drift_state.ts";
import {
  emptyPlan,
  type Integration,
  type PatchContext,
  type Plan,
  problemOf,
} from "../integration.ts";
import { displayUrl } from "../relay_url.ts";

const INTEGRATION = "cc-switch";

/** The name of a backup of the database. */
const ROWS = "cc-switch-rows.json";

/** cc-switch's settings on this machine. @param options of every access to its database */
export function ccSwitchIntegration(
  context: PatchContext,
  options: DatabaseOptions = {},
): Integration {
  const finder: SettingsFinder = {
    name: INTEGRATION,
    named: Boolean(context.ccSwitchDir),
    at: (ccSwitchDir) => ({ ...context, ccSwitchDir }),
    find: async (one) => (await findCcSwitch(one))?.folder,
  };
  return {
    name: INTEGRATION,
    plan: async () => {
      const fronts = await readFronts(context);
      return await planned(context, options, (snapshot, store, home) => {
        const draft = planSwitch(snapshot, store, context.port, fronts);
        const current = inUse(snapshot, home);
        return [draft, [
          ...draft.records.flatMap((one) => planLines(one, current)),
          ...warnings(snapshot, home, draft),
        ]];
      });
    },
    planRevert: (edits, all) =>
      planRevertAnywhere(
        context,
        edits,
        finder,
        (one) =>
          planned(one, options, (snapshot, store) => {
            const draft = planSwitchRevert(snapshot, store, edits, all);
            return [draft, draft.records.flatMap(revertLines)];
          }),
      ),
    state: (edits) =>
      stateAnywhere(context, edits, finder, async (one, own) => {
        const home = await findCcSwitch(one);
        if (!home) return undefined;
        const store = storeOf(one, home, options);
        const snapshot = await store.read();
        const draft = planSwitch(snapshot, store, one.port, await readFronts(one));
        return {
          toApply: draft.edits,
          toRevert: planSwitchRevert(snapshot, store, own).edits,
          facts: draft.records.flatMap(({ what, patch }) => providerFacts(what, patch)),
          changed: (await one.disk.stat(store.file))?.changed,
        };
      }),
  };
}

type Draw = (
  snapshot: SwitchSnapshot,
  store: SwitchStore,
  home: SwitchHome,
) => [draft: SwitchDraft, found: readonly string[]];

async function planned(context: PatchContext, options: DatabaseOptions, draw: Draw): Promise<Plan> {
  let file = context.ccSwitchDir ?? "cc-switch";
  try {
    const home = await findCcSwitch(context);
    if (!home) return absent(context);
    const store = storeOf(context, home, options);
    file = store.file;
    const [draft, found] = draw(await store.read(), store, home);
    const { changes, edits, previews } = draft;
    if (changes.length === 0) return emptyPlan(INTEGRATION, found);
    const running = await switchRunning(context, home);
    return {
      place: INTEGRATION,
      found: [...found, ...running.found],
      edits,
      previews,
      problems: running.problem ? [running.problem] : [],
      backup: (dir) => store.backup(dir, changes),
      apply: () => store.write(changes),
    };
  } catch (error) {
    return emptyPlan(INTEGRATION, [], [problemOf(file, error)]);
  }
}

function absent({ ccSwitchDir }: PatchContext): Plan {
  if (!ccSwitchDir) return emptyPlan(INTEGRATION, ["cc-switch keeps nothing here"]);
  const why = "there is neither cc-switch.db nor config.json";
  const hint = "Name the folder that holds one of them with --cc-switch-dir";
  return emptyPlan(INTEGRATION, [], [{ file: ccSwitchDir, why, hint }]);
}

function storeOf(context: PatchContext, home: SwitchHome, options: DatabaseOptions): SwitchStore {
  const { system, env, disk } = context;
  if (home.database) return databaseStore(context, home.database, options);
  if (home.legacy) return legacyStore(disk, home.legacy, shortPath(system, env, home.legacy));
  throw new Failure("internal", `${home.folder} holds no settings of cc-switch`);
}

function databaseStore(
  { system, env, disk }: PatchContext,
  file: string,
  options: DatabaseOptions,
): SwitchStore {
  return {
    file,
    name: shortPath(system, env, file),
    keyOf: (id, part) => ["providers", id, part],
    read: () => attempted(() => readDatabase(file, options)),
    write: (changes) => attempted(() => writeDatabase(file, changes, options)),
    backup: (dir, changes) => backUpRows(disk, joinPath(system, dir, ROWS), file, changes),
  };
}

/** The values that the changes replace: a database may have gigabytes of what other programs count. */
async function backUpRows(
  disk: Disk,
  path: string,
  database: string,
  changes: readonly SwitchChange[],
): Promise<void> {
  const rows = changes.map(({ table, id, column, before }) => ({
    table,
    id,
    column,
    value: before,
  }));
  const text = `${JSON.stringify({ database, rows }, undefined, 2)}\n`;
  try {
    await disk.create(path, new TextEncoder().encode(text), 0o600);
  } catch (error) {
    throw diskFailure(`write ${path}`, error);
  }
}

// The function is async, so that a failure becomes a rejection, as with the other store.
// deno-lint-ignore require-await
async function attempted<T>(run: () => T): Promise<T> {
  return run();
}

function planLines({ record, what, patch }: PlannedRecord, current: string | undefined): string[] {
  if (patch.left) return [patch.left];
  const use = record.id === current ? " (in use)" : "";
  const already = patch.edits.length === 0 ? ", through the sidecar already" : "";
  return [`${what}${use} goes to ${displayUrl(patch.url ?? "")}${already}`];
}

/** The id of the provider in use: that of this device, or the store's where the device names none that exists (docs/facts/switchers.md §1.2). */
function inUse({ records, current }: SwitchSnapshot, home: SwitchHome): string | undefined {
  return records.find(({ id }) => id === home.current)?.id ?? current;
}

function revertLines({ what, patch }: PlannedRecord): string[] {
  if (patch.left) return [patch.left];
  return patch.edits.length > 0 ? [`${what} goes back`] : [];
}

/** Settings of cc-switch that may undo the change later, or bypass the sidecar. */
function warnings(
  { proxied }: SwitchSnapshot,
  { synced }: SwitchHome,
  { records }: SwitchDraft,
): string[] {
  const routed = records.filter(({ patch }) => patch.url !== undefined && !patch.left);
  if (routed.length === 0) return [];
  const out = routed.filter(({ record }) => record.id.startsWith("universal-codex-")).map((
    { what },
  ) =>
    `${what} is made from a universal provider: when cc-switch syncs that, its own URL comes back`
  );
  if (synced) {
    out.push(
      "cc-switch carries its providers to your other devices: they need a sidecar there too",
    );
  }
  if (proxied) {
    out.push(
      "cc-switch sends its traffic through another proxy: exempt 127.0.0.1, or its own proxy misses the sidecar",
    );
  }
  return out;
}
