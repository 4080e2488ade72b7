/**
 * `sidecar usage`: what was used, of the history that the dashboard shows: asked of the running sidecar, else read from disk.
 *
 * @module
 */

import { displayJson } from "../../base/display.ts";
import { cleanAll } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";
import { stateDir } from "../../config/paths.ts";
import { type Usage, usageSchema } from "../../observe/history/document.ts";
import { usageOf } from "../../observe/history/figures.ts";
import { openPatching } from "../patch/patching.ts";
import { historyFile } from "../serve/history.ts";
import { type AskOwn, askOwn, checked } from "../shared/ask_own.ts";
import type { ExitCode } from "../shared/output.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";
import { usageText } from "./usage_text.ts";

/** The command's options, as the command line brings them. */
export interface UsageOptions {
  readonly since?: string;
  readonly by?: Usage["by"];
  readonly json?: boolean;
  readonly port?: string;
}

/** What it asks; tests replace it. */
interface UsageDeps {
  readonly own?: AskOwn;
  /** The file of a history that no sidecar has open. */
  readonly file?: string | undefined;
}

/**
 * Runs the command.
 *
 * @returns 0; 1 where there is no history to read
 * @throws {Failure} `bad_usage`, `bad_answer`
 */
export async function usage(
  options: UsageOptions,
  machine: Machine = thisMachine(),
  { own = askOwn(machine), file = fileOf(machine) }: UsageDeps = {},
): Promise<ExitCode> {
  const { since = "7d", by = "model", json = false, port } = options;
  const period = parseDuration(since);
  if (period === undefined) {
    throw new Failure("bad_usage", `--since takes a duration, and ${since} is none`, {
      hint: "Such as --since 24h, or --since 7d",
    });
  }
  const { context } = await openPatching(
    { ...port !== undefined && { port } },
    machine,
    "manifest",
  );
  const who = await machine.who(context.port);
  const used = who.is === "sidecar"
    ? checked(usageSchema, await own(context.port, `usage?since=${since}&by=${by}`))
    : await fromDisk(file, machine.clock.wall(), period, by);
  const { out, err, color } = machine.terminal;
  if (!used) {
    err(`No sidecar answers on port ${context.port}, and none has kept a history.
Start it with sidecar; \`history: 7d\` in config.yaml keeps figures over restarts.\n`);
    return 1;
  }
  out(json ? `${displayJson(cleanAll(used), 2)}\n` : usageText(cleanAll(used), color));
  return 0;
}

function fileOf({ system, env }: Machine): string | undefined {
  const folder = stateDir(system, env);
  return folder && historyFile(folder);
}

async function fromDisk(
  file: string | undefined,
  now: number,
  period: number,
  by: Usage["by"],
): Promise<Usage | undefined> {
  if (file === undefined || !await isFile(file)) return undefined;
  const { readStore } = await import("../../observe/history/sqlite.ts");
  const stretch = { since: now - period, until: now, by };
  try {
    return usageOf(readStore(file, stretch.since), stretch);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_config", `The history in ${file} cannot be read: ${why}`, {
      cause: error,
      hint: "Start the sidecar: it sets a damaged file aside and begins a new one",
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
