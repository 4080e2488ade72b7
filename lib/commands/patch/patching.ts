/**
 * What `init`, `undo` and `status` share: the integrations on this machine, the record of what was changed, the questions.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { stateDir } from "../../config/paths.ts";
import type { AllRows } from "../../patch/all_rows.ts";
import type { Applier, PatchStep } from "../../patch/apply.ts";
import {
  knownHomes,
  type Manifest,
  manifestFile,
  type Memory,
  readMemory,
} from "../../patch/state/manifest.ts";
import type { ModelOffer } from "../../patch/codex/model_offer.ts";
import type {
  GatewayChoice,
  Integration,
  PatchContext,
  PlanProblem,
} from "../../patch/integration.ts";
import { openIntegrations } from "../../patch/integrations.ts";
import { warnOn } from "../shared/output.ts";
import { type Machine, textsOf } from "../shared/this_machine.ts";

/** Options of these commands, as the command line brings them. */
export interface PatchOptions {
  readonly codexHome?: string | undefined;
  readonly ccSwitchDir?: string | undefined;
  readonly codexPlusDir?: string | undefined;
  readonly only?: string | undefined;
  readonly port?: string | undefined;
  readonly provider?: string | undefined;
  readonly baseUrl?: string | undefined;
  /** `init`: the variable that holds that provider's key. */
  readonly keyVariable?: string | undefined;
  /** `init`: the team's gateway that Codex is led to. */
  readonly gateway?: string | undefined;
  /** `init`: where Codex reads the token for it: `env:NAME`. */
  readonly token?: string | undefined;
  /** `init`: the same, checked. */
  readonly gatewayChoice?: GatewayChoice | undefined;
  /** `init`: the model of that provider to use. */
  readonly model?: string | undefined;
  /** `init`: the version of Codex, once it is known; empty where there is none. */
  readonly codex?: string | undefined;
  /** `init`: whether retired models are replaced; absent until the user was asked. */
  readonly replaceRetired?: boolean | undefined;
  /** `init`: what the provider offers, once it is known. */
  readonly offer?: ModelOffer | undefined;
  /** `init`: one provider of Codex offers the models of all rows of cc-switch. */
  readonly all?: boolean | undefined;
  /** `init`: those rows, once they are known; `null` where there are none any more. */
  readonly rows?: AllRows | null | undefined;
  /** `init`: install the service too, without asking. */
  readonly service?: boolean | undefined;
  /** `undo`: remove the sidecar's own copies too. */
  readonly purge?: boolean | undefined;
  readonly dryRun?: boolean | undefined;
  readonly yes?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** What {@link openPatching} opens. */
export interface Patching {
  readonly context: PatchContext;
  readonly applier: Applier;
  readonly places: readonly Integration[];
  readonly manifest: Manifest | undefined;
  /** The same, with what is wrong with its file; a command that changes something calls {@link refuseNewer}. */
  readonly memory: Memory;
}

/**
 * Opens the integrations.
 *
 * @param portOf which port the relay URLs have: `init` asks the settings, the others the manifest.
 * @throws {Failure} `bad_config`, `bad_usage`
 */
export async function openPatching(
  options: PatchOptions,
  machine: Machine,
  portOf: "settings" | "manifest",
): Promise<Patching> {
  const { system, env, disk, clock } = machine;
  const dir = stateDir(system, env);
  if (dir === undefined) {
    throw new Failure("bad_config", "The environment names no home folder", {
      hint: system === "windows" ? "Set LOCALAPPDATA" : "Set HOME",
    });
  }
  const memory = await readMemory(disk, manifestFile(system, dir));
  const { manifest } = memory;
  const known = portOf === "manifest" && options.port === undefined ? manifest?.port : undefined;
  const port = known ?? await settingsPort(options.port, machine);
  const {
    codexHome,
    ccSwitchDir,
    codexPlusDir,
    provider,
    baseUrl,
    offer,
    keyVariable,
    replaceRetired,
    codex,
    rows,
    gatewayChoice: gateway,
  } = options;
  const context = {
    system,
    env,
    port,
    codexHome,
    knownHomes: knownHomes(manifest),
    ccSwitchDir,
    codexPlusDir,
    provider,
    baseUrl,
    offer,
    all: rows ?? undefined,
    keyVariable,
    replaceRetired,
    installedCodex: codex,
    gateway,
    stateDir: dir,
    disk,
    clock,
    listening: machine.listening,
    processes: machine.processes,
    ...machine.process && { process: machine.process },
    localProxy: machine.localProxy,
    folder: machine.folder,
  };
  const applier = { system, disk, clock, stateDir: dir, port, known: manifest };
  return { context, applier, places: openIntegrations(context, options.only), manifest, memory };
}

/**
 * Refuses to change anything where a newer sidecar wrote the record, or other users can change it.
 *
 * @param more what else can be done about a newer one
 * @throws {Failure} `bad_config`
 */
export function refuseNewer({ newer, shared, trouble }: Memory, more = ""): void {
  if (shared && trouble) throw trouble;
  if (!newer || !trouble) return;
  const { code, message, facts: { hint } } = trouble;
  throw new Failure(code, message, { hint: `${hint}${more}` });
}

async function settingsPort(flag: string | undefined, machine: Machine) {
  const { system, env } = machine;
  const readFile = textsOf(machine);
  const { listen } = await loadConfig({
    env,
    system,
    readFile,
    flags: { port: flag },
    warn: warnOn(machine.terminal),
  });
  return listen.port;
}

/** One line a problem. */
export function problemLines(problems: readonly PlanProblem[]): string[] {
  return problems.map(({ file, why, hint }) => {
    const line = why.includes(file) ? why : `${file}: ${why}`;
    return hint ? `${line}. ${hint}` : line;
  });
}

/** Prints what the plans found. */
export function printFindings(steps: readonly PatchStep[], { terminal: { out } }: Machine): void {
  const widest = Math.max(...steps.map(({ plan }) => plan.place.length));
  for (const { plan: { place, found } } of steps) {
    for (const line of found) out(`  ${place.padEnd(widest)}  ${cleanLine(line)}\n`);
  }
}

/**
 * Asks whether to make the changes.
 *
 * @throws {Failure} `bad_usage` where nobody can be asked
 */
export async function agreed(
  question: string,
  { yes = false }: PatchOptions,
  { questions }: Machine,
): Promise<boolean> {
  if (yes) return true;
  if (questions) return await questions.confirm(question);
  throw new Failure("bad_usage", "There is no terminal to ask on, and nothing was changed", {
    hint: "Add --yes to go ahead, or --dry-run to only show it",
  });
}
