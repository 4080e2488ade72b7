/**
 * Finds the folder of cc-switch on this machine, and reads its settings for this device.
 *
 * The rules are cc-switch's (docs/facts/switchers.md §1.1): the desktop app stores the folder that the user chose in a
 * small file, the command-line fork reads a variable, and an older version used another home on Windows.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { absolutePath, expandHome, joinPath, userHome } from "../folders.ts";
import type { PatchContext } from "../integration.ts";
import { readIfAny, readTextFile, statFile } from "../text_file.ts";

/** cc-switch's folder, and the settings of this device. */
export interface SwitchHome {
  readonly folder: string;
  /** The path of the database, since 3.8. */
  readonly database: string | undefined;
  /** The path of the file of older versions; only where there is no database. */
  readonly legacy: string | undefined;
  /** The id of the provider that Codex uses on this device, where the settings name one. */
  readonly current: string | undefined;
  /** Whether cc-switch synchronizes its providers with other devices. */
  readonly synced: boolean;
  /** Whether the command-line fork was used here: it leaves a lock file. */
  readonly forked: boolean;
}

/** @returns `undefined` where cc-switch has no settings here @throws {Failure} `bad_config` where the system refuses */
export async function findCcSwitch(context: PatchContext): Promise<SwitchHome | undefined> {
  const { system, disk } = context;
  for (const folder of await candidates(context)) {
    const file = (name: string) => joinPath(system, folder, name);
    const is = async (name: string) =>
      (await statFile(disk, file(name)))?.isFile ? file(name) : undefined;
    const holds = async (name: string) => ((await statFile(disk, file(name)))?.size ?? 1) > 0;
    // An empty file is none: something created it and wrote nothing, unless all of it is in the journal yet.
    const found = await is("cc-switch.db");
    const journal = file("cc-switch.db-wal");
    const filled = found &&
      (await holds("cc-switch.db") || await statFile(disk, journal) !== undefined);
    const database = filled ? found : undefined;
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

/** The folders to search, the most likely first. A folder that the user names is the only one. */
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

/** The folder that the user chose in the desktop app. Where it is missing, the app uses the default folder. */
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

/** The folders in which a Tauri app has its stores. */
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

/** `settings.json` of this device: beside the database, or in the default folder where the database was moved. */
async function deviceSettings(context: PatchContext, folder: string): Promise<JsonObject> {
  const { system, env, disk } = context;
  const home = userHome(system, env);
  const usual = home === undefined ? [] : [joinPath(system, home, ".cc-switch")];
  for (const one of [folder, ...usual]) {
    // cc-switch treats a file that it cannot read as an empty one; so does this.
    const read = await readIfAny(disk, joinPath(system, one, "settings.json"));
    if (read) return read;
  }
  return {};
}
