/**
 * Everything the checks look at, read once; a part that cannot be read is the {@link Failure} that says why.
 *
 * @module
 */

import { asFailure, type Failure } from "../base/errors.ts";
import type { Fronts } from "../base/front_proxies.ts";
import type { RedisAddress } from "../base/state/redis_url.ts";
import { filled, isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Config } from "../config/config.ts";
import { configPaths } from "../patch/codex/files.ts";
import type { AskCodex } from "../patch/codex/loads.ts";
import { type HomeLayers, projectFindings, readHome } from "../patch/codex/layers/layer_files.ts";
import { effectiveProvider, mergedLayers, type Toml } from "../patch/codex/layers/layers.ts";
import { distinctStarts } from "../patch/codex/plan_home.ts";
import { leftMessage } from "../patch/codex/toml.ts";
import { type PlusModels, plusModels } from "../patch/codex_plus/models.ts";
import { readFronts } from "../patch/fronts.ts";
import { folderOf, joinPath, shortPath, userHome } from "../patch/folders.ts";
import type { IntegrationState, PatchContext } from "../patch/integration.ts";
import { displayUrl, fromRelay } from "../patch/relay_url.ts";
import type { AskWho } from "./who/who.ts";
import { readSwitch, type SwitchFacts } from "./switch_facts.ts";

/** What the doctor reads and asks; tests replace every part. */
export interface World {
  /** The sidecar's own version. */
  readonly version: string;
  /** The settings file that is read, where there is one. */
  readonly settingsFile: string | undefined;
  readonly context: PatchContext;
  /** The sidecar's settings. @throws {Failure} `bad_config` */
  config(): Promise<Config>;
  /** The state of every integration. */
  places(): Promise<readonly IntegrationState[]>;
  /** Who answers on a port of this machine. */
  who: AskWho;
  /** Asks the installed Codex whether it loads a home. Absent: it is not asked. */
  loads?: AskCodex;
  /** What a program prints; `undefined` where there is no such program. */
  command(name: string, args: readonly string[]): Promise<string | undefined>;
  /** The addresses of a host. Throws where there are none. */
  resolve(host: string): Promise<readonly string[]>;
  /** Connects with TLS. Throws where that fails. */
  handshake(host: string, port: number): Promise<void>;
  /** Does once at a store what sidecars that share it do. @returns milliseconds; throws where that fails */
  askState(address: RedisAddress): Promise<number>;
  /** A GET. Throws where no answer comes. */
  get(url: string, headers: Readonly<Record<string, string>>): Promise<Got>;
}

/** An answer, its body cut short. */
export interface Got {
  readonly status: number;
  readonly text: string;
}

/** What the checks look at. */
export interface DoctorFacts {
  readonly world: World;
  readonly port: number;
  readonly config: Config | Failure;
  readonly codex: CodexFacts;
  /** The front proxies by the ports that their settings name. */
  readonly fronts: Fronts;
  /** `undefined`: there is no cc-switch here. */
  readonly ccSwitch: SwitchFacts | Failure | undefined;
  /** The profile of Codex++ in use; `undefined` where there is none. */
  readonly codexPlus: JsonObject | undefined;
  /** The models that all its profiles name. */
  readonly plusModels: readonly PlusModels[];
}

/** Codex's settings, its layers merged as Codex merges them. */
export interface CodexFacts {
  /** `~/.codex/config.toml` */
  readonly file: string;
  /** The folder that it stands in; absent where no home is known. */
  readonly home?: string;
  /** `undefined`: there is no file. */
  readonly settings: Toml | Failure | undefined;
  /** `model_provider`, from whichever layer sets it */
  readonly provider: string | undefined;
  /** Its table. */
  readonly table: Toml | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
  /** The layer that sets the URL, as messages name it; `undefined` where none does. */
  readonly urlFrom: string | undefined;
  /** Ways to start Codex in any home that lead past the sidecar, one line each; the plain one in {@link file} is not among them. */
  readonly past: readonly string[];
  /** What could not be read of the layers outside the home. */
  readonly trouble: readonly string[];
  /** Whether `auth.json` is a ChatGPT login. */
  readonly login: boolean;
}

export type { Toml };

/** Reads all facts. Never rejects. */
export async function gatherFacts(world: World): Promise<DoctorFacts> {
  const { context } = world;
  const fronts = await readFronts(context);
  return {
    world,
    port: context.port,
    config: await attempt(() => world.config()),
    codex: await readCodex(context),
    fronts,
    ccSwitch: await attempt(() => readSwitch(context)),
    ...await readPlus(context, fronts),
  };
}

/** A whole number of a TOML table; `undefined` where it is none. */
export function integerAt(table: Toml | undefined, key: string): number | undefined {
  const value = table?.[key];
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : undefined;
}

async function readCodex(context: PatchContext): Promise<CodexFacts> {
  const [path, ...others] = await configPaths(context);
  const nothing: CodexFacts = {
    file: "config.toml",
    settings: undefined,
    provider: undefined,
    table: undefined,
    baseUrl: undefined,
    model: undefined,
    urlFrom: undefined,
    past: [],
    trouble: [],
    login: false,
  };
  if (path === undefined) return nothing;
  const home = await attempt(() => readHome(context, path));
  if (home instanceof Error) {
    return { ...nothing, file: shortPath(context.system, context.env, path), settings: home };
  }
  const { config: { file: { name: file, login, bytes } }, trouble } = home;
  const layers = home.selections[0]?.layers ?? [];
  const { id, table, url } = effectiveProvider(layers);
  const there = bytes !== undefined || layers.some(({ kind }) => kind !== "home");
  const settings = mergedLayers(layers);
  const past = [...await pastSidecar(context, home, true)];
  for (const other of others) {
    const read = await attempt(() => readHome(context, other));
    if (!(read instanceof Error)) past.push(...await pastSidecar(context, read, false));
  }
  return {
    file,
    home: folderOf(path),
    settings: there ? settings : undefined,
    provider: id?.value,
    table,
    baseUrl: url?.value,
    model: filled(settings.model),
    urlFrom: url?.layer.name,
    past,
    trouble: [...trouble, ...await projectFindings(context)],
    login,
  };
}

/** Ways to start Codex in a home that lead past the sidecar. @param own whether the plain one is checked by itself */
async function pastSidecar(
  context: PatchContext,
  home: HomeLayers,
  own: boolean,
): Promise<string[]> {
  const { login, taken, bytes } = home.config.file;
  if (!own && !bytes) return [];
  const fronts = await readFronts(context);
  const starts = distinctStarts(home, { port: context.port, fronts, login, taken });
  return starts.flatMap(({ selection: { name, profile }, lead }) => {
    if (own && profile === undefined) return [];
    if ("is" in lead) {
      return lead.is === "managed" ? [leftMessage(lead, name).replace(": left alone", "")] : [];
    }
    if (fromRelay(lead.placed.value)) return [];
    return [`${name}: ${lead.id} goes straight to ${displayUrl(lead.url)}`];
  });
}

/** What Codex++ keeps (docs/facts/switchers.md §5.3). What is wrong with its file is said by the checks of the integration. */
async function readPlus(
  { system, env, disk, codexPlusDir, port }: PatchContext,
  fronts: Fronts,
): Promise<Pick<DoctorFacts, "codexPlus" | "plusModels">> {
  const nothing = { codexPlus: undefined, plusModels: [] };
  const home = userHome(system, env);
  const folder = codexPlusDir ?? (home && joinPath(system, home, ".codex-session-delete"));
  if (folder === undefined) return nothing;
  const bytes = await attempt(() => disk.read(joinPath(system, folder, "settings.json")));
  if (!bytes || bytes instanceof Error) return nothing;
  const text = new TextDecoder().decode(bytes);
  const settings = parseJson(text);
  if (!isObject(settings) || !Array.isArray(settings.relayProfiles)) return nothing;
  const profiles = settings.relayProfiles.filter(isObject);
  const models = await attempt(() => plusModels(text, port, "settings.json", fronts));
  return {
    codexPlus: profiles.find(({ id }) => id === settings.activeRelayId),
    plusModels: models instanceof Error ? [] : models,
  };
}

async function attempt<T>(run: () => T | Promise<T>): Promise<T | Failure> {
  try {
    return await run();
  } catch (thrown) {
    return asFailure(thrown);
  }
}
