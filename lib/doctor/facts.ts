/**
 * Everything the checks look at, read once; a part that cannot be read is the {@link Failure} that says why.
 *
 * @module
 */

import { asFailure, type Failure } from "../base/errors.ts";
import { filled, isObject, type JsonObject, parseJson } from "../base/json.ts";
import type { Config } from "../config/config.ts";
import { configPaths, readConfig } from "../patch/codex/files.ts";
import { joinPath, userHome } from "../patch/folders.ts";
import type { IntegrationState, PatchContext } from "../patch/integration.ts";
import { readToml } from "../patch/text/toml_doc.ts";
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
  /** What a program prints; `undefined` where there is no such program. */
  command(name: string, args: readonly string[]): Promise<string | undefined>;
  /** The addresses of a host. Throws where there are none. */
  resolve(host: string): Promise<readonly string[]>;
  /** Connects with TLS. Throws where that fails. */
  handshake(host: string, port: number): Promise<void>;
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
  /** `undefined`: there is no cc-switch here. */
  readonly ccSwitch: SwitchFacts | Failure | undefined;
  /** The profile of Codex++ in use; `undefined` where there is none. */
  readonly codexPlus: JsonObject | undefined;
}

/** Codex's settings. */
export interface CodexFacts {
  /** `~/.codex/config.toml` */
  readonly file: string;
  /** `undefined`: there is no file. */
  readonly settings: Toml | Failure | undefined;
  /** `model_provider` */
  readonly provider: string | undefined;
  /** Its table. */
  readonly table: Toml | undefined;
  readonly baseUrl: string | undefined;
  readonly model: string | undefined;
  /** Whether `auth.json` is a ChatGPT login. */
  readonly login: boolean;
}

/** A parsed TOML table; whole numbers are bigints. */
export type Toml = Readonly<Record<string, unknown>>;

/** Reads all facts. Never rejects. */
export async function gatherFacts(world: World): Promise<DoctorFacts> {
  const { context } = world;
  return {
    world,
    port: context.port,
    config: await attempt(() => world.config()),
    codex: await readCodex(context),
    ccSwitch: await attempt(() => readSwitch(context)),
    codexPlus: await readPlus(context),
  };
}

/** A whole number of a TOML table; `undefined` where it is none. */
export function integerAt(table: Toml | undefined, key: string): number | undefined {
  const value = table?.[key];
  return typeof value === "bigint" || typeof value === "number" ? Number(value) : undefined;
}

async function readCodex(context: PatchContext): Promise<CodexFacts> {
  const [path] = await configPaths(context);
  const nothing: CodexFacts = {
    file: "config.toml",
    settings: undefined,
    provider: undefined,
    table: undefined,
    baseUrl: undefined,
    model: undefined,
    login: false,
  };
  if (path === undefined) return nothing;
  const read = await attempt(() => readConfig(context, path));
  if (read instanceof Error) return { ...nothing, file: path, settings: read };
  const { name: file, login } = read;
  if (!read.bytes) return { ...nothing, file, login };
  const settings = await attempt(() => readToml(read.text, file).value);
  if (settings instanceof Error) return { ...nothing, file, login, settings };
  const provider = filled(settings.model_provider);
  const tables = tableAt(settings.model_providers);
  const table = provider === undefined ? undefined : tableAt(tables?.[provider]);
  return {
    file,
    settings,
    provider,
    table,
    baseUrl: filled(table?.base_url),
    model: filled(settings.model),
    login,
  };
}

function tableAt(value: unknown): Toml | undefined {
  return isObject(value) ? value as Toml : undefined;
}

/** The profile of Codex++ in use (docs/facts/switchers.md §5.3); `undefined` where there is none. */
async function readPlus({ system, env, disk, codexPlusDir }: PatchContext) {
  const home = userHome(system, env);
  const folder = codexPlusDir ?? (home && joinPath(system, home, ".codex-session-delete"));
  if (folder === undefined) return undefined;
  const bytes = await attempt(() => disk.read(joinPath(system, folder, "settings.json")));
  if (!bytes || bytes instanceof Error) return undefined;
  const settings = parseJson(new TextDecoder().decode(bytes));
  if (!isObject(settings) || !Array.isArray(settings.relayProfiles)) return undefined;
  return settings.relayProfiles.filter(isObject).find(({ id }) => id === settings.activeRelayId);
}

async function attempt<T>(run: () => T | Promise<T>): Promise<T | Failure> {
  try {
    return await run();
  } catch (thrown) {
    return asFailure(thrown);
  }
}
