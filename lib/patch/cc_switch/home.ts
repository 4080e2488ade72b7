/**
 * Where cc-switch keeps its providers on this machine, and what its settings say of them.
 *
 * The rules are its own (docs/facts/switchers.md §1.1): a folder of the user's choice stands in a small store of the desktop app,
 * the command-line fork has a variable, and on Windows an older version had another home.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { absolutePath, expandHome, joinPath, userHome } from "../folders.ts";
import type { PatchContext } from "../integration.ts";
import { readIfAny, readTextFile, statFile } from "../text_file.ts";

/** What was found. */
export interface SwitchHome {
  readonly folder: string;
  /** The database, since 3.8. */
  readonly database: string | undefined;
  /** The file of the versions before; only where there is no database. */
  readonly legacy: string | undefined;
  /** The provider of Codex that is in use on this device, where its settings name one. */
  readonly current: string | undefined;
  /** Whether it carries its providers to other devices by itself. */
  readonly synced: boolean;
  /** Whether the command-line fork was used here: it leaves a lock file behind. */
  readonly forked: boolean;
}

/** @returns `undefined` where cc-switch keeps nothing here @throws {Failure} `bad_config` */
export async function findCcSwitch(context: PatchContext): Promise<SwitchHome | undefined> {
  const { system, disk } = context;
  for (const folder of await candidates(context)) {
    const file = (name: string) => joinPath(system, folder, name);
    const is = async (name: string) =>
      (await statFile(disk, file(name)))?.isFile ? file(name) : undefined;
    const database = await is("cc-switch.db");
    const legacy = database ? undefined : await is("config.json");
    if (!database && !legacy) continue;
    const settings = await deviceSettings(context, folder);
    const on = (name: string) => {
      const sync = settings[name];
      return isObject(sync) && sync.enabled === true;
    };
    const { currentProviderCodex: current } = settings;
    return {
      folder,
      database,
      legacy,
      current: typeof current === "string" ? current : undefined,
      synced: on("webdavSync") || on("s3Sync"),
      forked: await is("cc-switch.db.init.lock") !== undefined,
    };
  }
  return undefined;
}

/** The folders to look into, the likeliest first; one that the user names is the only one. */
async function candidates(context: PatchContext): Promise<string[]> {
  const { system, env, ccSwitchDir } = context;
  const named = ccSwitchDir || env.CC_SWITCH_CONFIG_DIR;
  if (named) return [absolutePath(system, named)];
  const own = await chosenFolder(context);
  const home = userHome(system, env);
  const homes = [home, system === "windows" ? env.HOME : undefined];
  const usual = homes.flatMap((one) => one ? [joinPath(system, one, ".cc-switch")] : []);
  return [...own, ...usual];
}

/** The folder that the desktop app was told to use; where it is gone, the app falls back to the usual one. */
async function chosenFolder({ system, env, disk }: PatchContext): Promise<string[]> {
  for (const folder of storeFolders(system, env)) {
    const store = await readTextFile(
      disk,
      joinPath(system, folder, "com.ccswitch.desktop", "app_paths.json"),
    );
    const read = store && parseJson(store.text);
    const chosen = isObject(read) ? read.app_config_dir_override : undefined;
    if (typeof chosen !== "string" || chosen.trim() === "") continue;
    return [expandHome(system, env, chosen.trim())];
  }
  return [];
}

/** Where desktop apps of its kind keep such a store. */
function storeFolders(system: PatchContext["system"], env: PatchContext["env"]): string[] {
  const home = userHome(system, env);
  if (system === "windows") return env.APPDATA ? [env.APPDATA] : [];
  if (home === undefined) return [];
  const under = (...parts: string[]) => joinPath(system, home, ...parts);
  if (system === "darwin") return [under("Library", "Application Support")];
  return [
    env.XDG_DATA_HOME || under(".local", "share"),
    env.XDG_CONFIG_HOME || under(".config"),
  ];
}

/** `settings.json` of this device: beside the database, or in the usual folder where the database was moved. */
async function deviceSettings(context: PatchContext, folder: string): Promise<JsonObject> {
  const { system, env, disk } = context;
  const home = userHome(system, env);
  const usual = home === undefined ? [] : [joinPath(system, home, ".cc-switch")];
  for (const one of [folder, ...usual]) {
    // cc-switch takes one that it cannot read for an empty one, and so does this.
    const read = await readIfAny(disk, joinPath(system, one, "settings.json"));
    if (read) return read;
  }
  return {};
}
