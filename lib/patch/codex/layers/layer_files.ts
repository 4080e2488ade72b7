/**
 * Reads the layers of Codex's settings from this machine (docs/facts/codex.md §1.2).
 *
 * A layer outside the home that cannot be read is no obstacle: it is named, and the others count.
 *
 * @module
 */

import { asFailure } from "../../../base/errors.ts";
import { readBytes } from "../../text_file.ts";
import { type ConfigFile, configPaths, readConfig } from "../files.ts";
import { type Layer, type Toml, withLegacyProfile } from "./layers.ts";
import { folderOf, joinPath, otherHomes, shortPath } from "../../folders.ts";
import type { PatchContext } from "../../integration.ts";
import { readToml, type TomlDoc } from "../../text/toml_doc.ts";

/** A file of the home, parsed. */
export interface LayerFile {
  readonly file: ConfigFile;
  readonly doc: TomlDoc;
}

/** A way to start Codex: plainly, or with one profile. */
export interface Selection {
  /** `undefined`: without a profile. */
  readonly profile: string | undefined;
  /** As messages name it: `~/.codex/config.toml`, `~/.codex/x.config.toml`. */
  readonly name: string;
  /** The lowest first. */
  readonly layers: readonly Layer[];
}

/** Everything that one home of Codex reads. */
export interface HomeLayers {
  /** config.toml; it may be missing. */
  readonly config: LayerFile;
  /** `<name>.config.toml` by name. */
  readonly profiles: ReadonlyMap<string, LayerFile>;
  /** Plainly first, then with each profile. */
  readonly selections: readonly Selection[];
  /** What could not be read beside config.toml, one line each. */
  readonly trouble: readonly string[];
}

/** The most profiles of one home that are looked at. */
const MAX_PROFILES = 64;

const PROFILE = /^(.+)\.config\.toml$/;

/**
 * Reads a home.
 *
 * @param path of its config.toml
 * @throws {Failure} `bad_config` where that one cannot be read or is no TOML
 */
export async function readHome(context: PatchContext, path: string): Promise<HomeLayers> {
  const trouble: string[] = [];
  const config = await readLayerFile(context, path);
  const home = folderOf(path);
  const profiles = new Map<string, LayerFile>();
  for (const [name, file] of await profilePaths(context, home)) {
    const read = await orTrouble(() => readLayerFile(context, file), trouble);
    if (read) profiles.set(name, read);
  }
  const below = await outerLayers(context, systemPaths(context), "system", trouble);
  const above = await outerLayers(context, managedPaths(context, home), "managed", trouble);
  const plain = [...below, layerOf("home", config)];
  const named = config.doc.value.profile;
  const chosen = typeof named === "string" ? withLegacyProfile(plain, named) : plain;
  const selections: Selection[] = [
    { profile: undefined, name: config.file.name, layers: [...chosen, ...above] },
  ];
  for (const [name, one] of profiles) {
    const layers = [...withLegacyProfile(plain, name), layerOf("profile", one), ...above];
    selections.push({ profile: name, name: one.file.name, layers });
  }
  for (const name of legacyNames(plain)) {
    if (profiles.has(name)) continue;
    const layers = [...withLegacyProfile(plain, name), ...above];
    selections.push({ profile: name, name: `${config.file.name}, [profiles.${name}]`, layers });
  }
  return { config, profiles, selections, trouble };
}

/** Every file that decides which provider Codex uses in these homes, there or not. */
export async function layerPaths(
  context: PatchContext,
  known: readonly string[] = [],
): Promise<string[]> {
  const configs = await configPaths(context, [...context.knownHomes ?? [], ...known]);
  const own = await Promise.all(configs.map(async (path) => {
    const home = folderOf(path);
    const profiles = await profilePaths(context, home);
    return [path, ...profiles.map(([, file]) => file), ...managedPaths(context, home)];
  }));
  return [...new Set([...systemPaths(context), ...own.flat()])];
}

/** The layers of one start, flags among them; a profile that is nowhere adds none, as in Codex. */
export function layersWith(
  { selections }: HomeLayers,
  profile: string | undefined,
  flags: Layer | undefined,
): readonly Layer[] {
  const plain = selections.find((one) => one.profile === undefined);
  const chosen = selections.find((one) => one.profile === profile) ?? plain;
  const layers = chosen?.layers ?? [];
  const top = layers.findIndex(({ kind }) => kind === "managed");
  const at = top < 0 ? layers.length : top;
  return [...layers.slice(0, at), ...flags ? [flags] : [], ...layers.slice(at)];
}

/** Keys that Codex ignores in a project's file (docs/facts/codex.md §1.2). */
const NOT_A_PROJECTS = ["model_provider", "model_providers", "openai_base_url"];
/** The most folders that are looked into, from the working folder upwards. */
const MAX_FOLDERS = 32;

/** What the project around a folder sets and Codex ignores, one line for each file. */
export async function projectFindings(context: PatchContext): Promise<string[]> {
  const { system, env, folder } = context;
  // A home that this command leaves out is no project either
  const others = otherHomes(context).map((home) => joinPath(system, home, "config.toml"));
  const homes = [...await configPaths(context), ...others];
  const out: string[] = [];
  let now = folder;
  for (let at = 0; now !== undefined && now !== "" && at < MAX_FOLDERS; at++) {
    const path = joinPath(system, now, ".codex", "config.toml");
    const value = homes.includes(path)
      ? undefined
      : await orTrouble(() => readValue(context, path), []);
    const names = NOT_A_PROJECTS.filter((name) => value?.[name] !== undefined);
    if (names.length > 0) {
      out.push(
        `${shortPath(system, env, path)} sets ${
          names.join(", ")
        }, which Codex ignores in a project`,
      );
    }
    const above = folderOf(now);
    now = above === now ? undefined : above;
  }
  return out;
}

/** The `<name>.config.toml` files of a home by name. */
export async function profilePaths(
  { system, disk }: PatchContext,
  home: string,
): Promise<(readonly [name: string, path: string])[]> {
  const names = await namesIn(disk, home);
  return names.sort().flatMap((one) => {
    const name = PROFILE.exec(one)?.[1];
    return name === undefined ? [] : [[name, joinPath(system, home, one)] as const];
  }).slice(0, MAX_PROFILES);
}

async function namesIn(disk: PatchContext["disk"], folder: string): Promise<string[]> {
  try {
    return await disk.list(folder);
  } catch (error) {
    // Codex itself opens a profile by its name, so a folder that cannot be listed hides profiles and no more
    if (!(error instanceof Error)) throw error;
    return [];
  }
}

function legacyNames(layers: readonly Layer[]): string[] {
  const names = layers.flatMap(({ value }) => {
    const { profiles } = value;
    return typeof profiles === "object" && profiles !== null ? Object.keys(profiles) : [];
  });
  return [...new Set(names)].slice(0, MAX_PROFILES);
}

async function readLayerFile(context: PatchContext, path: string): Promise<LayerFile> {
  const file = await readConfig(context, path);
  return { file, doc: readToml(file.text, path) };
}

function layerOf(kind: "home" | "profile", { file, doc }: LayerFile): Layer {
  return { kind, name: file.name, path: file.path, value: doc.value };
}

/** Below the home: the machine's own settings. */
function systemPaths({ system, env }: PatchContext): string[] {
  if (system !== "windows") return ["/etc/codex/config.toml"];
  return env.ProgramData
    ? [joinPath(system, env.ProgramData, "OpenAI", "Codex", "config.toml")]
    : [];
}

/** Above everything, the highest last. */
function managedPaths({ system, env }: PatchContext, home: string): string[] {
  if (system !== "windows") {
    return ["/etc/codex/managed_config.toml", "/etc/codex/requirements.toml"];
  }
  const { ProgramData: data } = env;
  return [
    joinPath(system, home, "managed_config.toml"),
    ...data ? [joinPath(system, data, "OpenAI", "Codex", "requirements.toml")] : [],
  ];
}

async function outerLayers(
  context: PatchContext,
  paths: readonly string[],
  kind: "system" | "managed",
  trouble: string[],
): Promise<Layer[]> {
  const out: Layer[] = [];
  for (const path of paths) {
    const value = await orTrouble(() => readValue(context, path), trouble);
    const name = shortPath(context.system, context.env, path);
    if (value) out.push({ kind, name, path, value });
  }
  return out;
}

async function readValue({ disk }: PatchContext, path: string): Promise<Toml | undefined> {
  const bytes = await readBytes(disk, path);
  return bytes && readToml(new TextDecoder().decode(bytes), path).value;
}

async function orTrouble<T>(run: () => Promise<T>, trouble: string[]): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    trouble.push(`${asFailure(error).message}: not taken into account`);
    return undefined;
  }
}
