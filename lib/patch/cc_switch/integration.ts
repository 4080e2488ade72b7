/**
 * cc-switch's providers as a place: every one of them that the sidecar can carry, wherever this version keeps them.
 *
 * @module
 */

import { asFailure, Failure } from "../../base/errors.ts";
import { readDatabase, writeDatabase } from "./database.ts";
import { findCcSwitch, type SwitchHome } from "./home.ts";
import { legacyStore } from "./legacy.ts";
import { planSwitch, planSwitchRevert, type SwitchDraft, type Verdict } from "./plan.ts";
import { switchRunning } from "./running.ts";
import { copyDatabase, type DatabaseOptions } from "./session.ts";
import type { SwitchSnapshot, SwitchStore } from "./snapshot.ts";
import { type Disk, diskFailure } from "../disk.ts";
import { otherLocations, together } from "../other_locations.ts";
import { joinPath, shortPath } from "../folders.ts";
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

const PLACE = "cc-switch";

/** cc-switch's settings on this machine. */
export function ccSwitchIntegration(
  context: PatchContext,
  options: DatabaseOptions = {},
): Integration {
  return {
    name: PLACE,
    plan: () =>
      planned(context, options, (snapshot, store, home) => {
        const draft = planSwitch(snapshot, store, context.port);
        const current = inUse(snapshot, home);
        return [draft, [
          ...draft.verdicts.flatMap((one) => words(one, current)),
          ...remarks(snapshot, home, draft),
        ]];
      }),
    planRevert: async (edits) => {
      const back = (one: PatchContext) =>
        planned(one, options, (snapshot, store) => {
          const draft = planSwitchRevert(snapshot, store, edits);
          return [draft, draft.verdicts.flatMap(wordsBack)];
        });
      const more = await elsewhere(context, edits);
      return together([await back(context), ...await Promise.all(more.map(back))]);
    },
    state: async (edits) => {
      const own = edits.filter(({ place }) => place === PLACE);
      try {
        const [other] = context.ccSwitchDir ? [] : await elsewhere(context, own);
        const home = await findCcSwitch(other ?? context);
        if (!home) return driftState(PLACE, own, undefined);
        const store = storeOf(context, home, options);
        const snapshot = await store.read();
        const forth = planSwitch(snapshot, store, context.port);
        return driftState(PLACE, own, {
          forth: forth.edits,
          back: planSwitchRevert(snapshot, store, own).edits,
          facts: forth.verdicts.flatMap(({ what, patch }) => standing(what, patch)),
          changed: (await context.disk.stat(store.file))?.changed,
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
  const home = await findHere(context);
  const folders = await otherLocations(context, PLACE, edits, home ? [home.folder] : []);
  const out: PatchContext[] = [];
  for (const ccSwitchDir of folders) {
    const other = { ...context, ccSwitchDir };
    if (await findHere(other)) out.push(other);
  }
  return out;
}

/** What cannot be looked at is no place to look for more. */
async function findHere(context: PatchContext): Promise<SwitchHome | undefined> {
  const found = await findCcSwitch(context).catch(asFailure);
  return found instanceof Failure ? undefined : found;
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
    if (changes.length === 0) return nothing(PLACE, found);
    const running = await switchRunning(context, home);
    return {
      place: PLACE,
      found: [...found, ...running.found],
      edits,
      previews,
      problems: running.problem ? [running.problem] : [],
      backup: (dir) => store.backup(dir),
      apply: () => store.write(changes),
    };
  } catch (error) {
    return nothing(PLACE, [], [problemOf(file, error)]);
  }
}

function absent({ ccSwitchDir }: PatchContext): Plan {
  if (!ccSwitchDir) return nothing(PLACE, ["cc-switch keeps nothing here"]);
  const why = "there is neither cc-switch.db nor config.json";
  const hint = "Name the folder that holds one of them with --cc-switch-dir";
  return nothing(PLACE, [], [{ file: ccSwitchDir, why, hint }]);
}

/** A failure over what others wrote, or the system refused, as a problem; anything else is thrown on. */
function problemOf(file: string, error: unknown): Problem {
  const { code, message, facts: { hint } } = asFailure(error);
  if (code !== "bad_config") throw error;
  return { file, why: message, ...(hint === undefined ? {} : { hint }) };
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
    backup: async (dir) => {
      const copy = joinPath(system, dir, "cc-switch.db");
      await createEmpty(disk, copy);
      await copyDatabase(file, copy, options);
    },
  };
}

/** SQLite would create the copy for all to read. */
async function createEmpty(disk: Disk, path: string): Promise<void> {
  try {
    await disk.create(path, new Uint8Array(), 0o600);
  } catch (error) {
    throw diskFailure(`write ${path}`, error);
  }
}

// A refusal is a rejection, like that of every other store.
// deno-lint-ignore require-await
async function attempted<T>(run: () => T): Promise<T> {
  return run();
}

function words({ record, what, patch }: Verdict, current: string | undefined): string[] {
  if (patch.left) return [patch.left];
  const use = record.id === current ? " (in use)" : "";
  const already = patch.edits.length === 0 ? ", through the sidecar already" : "";
  return [`${what}${use} goes to ${shownUrl(patch.url ?? "")}${already}`];
}

/** Each device has a provider in use of its own; where it names none that exists, the store's counts (docs/facts/switchers.md §1.2). */
function inUse({ records, current }: SwitchSnapshot, home: SwitchHome): string | undefined {
  return records.find(({ id }) => id === home.current)?.id ?? current;
}

function wordsBack({ what, patch }: Verdict): string[] {
  if (patch.left) return [patch.left];
  return patch.edits.length > 0 ? [`${what} goes back`] : [];
}

/** What may undo the change later, or stand in its way. */
function remarks(
  { proxied }: SwitchSnapshot,
  { synced }: SwitchHome,
  { verdicts }: SwitchDraft,
): string[] {
  const led = verdicts.filter(({ patch }) => patch.url !== undefined && !patch.left);
  if (led.length === 0) return [];
  const out = led.filter(({ record }) => record.id.startsWith("universal-codex-")).map(({ what }) =>
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
