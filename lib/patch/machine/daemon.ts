/**
 * Codex's background app-server: one for each home, since 0.160. Codex's terminal interface attaches to it, and it keeps
 * the environment of its first start, so that a key exported later is not seen (docs/facts/codex.md §1.5).
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { isVariableName } from "../../base/secrets/forms.ts";
import { filled } from "../../base/json.ts";
import type { Env } from "../../config/paths.ts";
import { configPaths } from "../codex/files.ts";
import { readHome } from "../codex/layers/layer_files.ts";
import { effectiveProvider } from "../codex/layers/layers.ts";
import { folderOf, joinPath, shortPath } from "../folders.ts";
import type { PatchContext } from "../integration.ts";
import { readIfAny } from "../text_file.ts";
import { proxyOverLoopback } from "./environment.ts";
import { Failure } from "../../base/errors.ts";

/** A background app-server whose environment is not this shell's. */
export interface OldDaemon {
  /** What is so, without a full stop. */
  readonly fact: string;
  /** The command that ends it. */
  readonly stop: string;
}

/** The most of its start time that is shown, in characters. */
const SHOWN = 40;

/** Those of every home of Codex; empty where none runs, and where processes cannot be looked at. */
export async function oldDaemons(context: PatchContext): Promise<OldDaemon[]> {
  const out: OldDaemon[] = [];
  for (const path of await configPaths(context)) {
    const found = await oldDaemon(context, folderOf(path));
    if (found) out.push(found);
  }
  return out;
}

async function oldDaemon(context: PatchContext, home: string): Promise<OldDaemon | undefined> {
  const { system, env, disk, process } = context;
  const file = joinPath(system, home, "app-server-daemon", "daemon.pid");
  const read = process && await readIfAny(disk, file);
  if (!read || typeof read.pid !== "number" || !Number.isSafeInteger(read.pid)) return undefined;
  const there = await process(read.pid);
  if (!there || !/codex/i.test(there.name)) return undefined;
  const short = shortPath(system, env, home);
  const started = filled(read.processStartTime);
  const since = started === undefined ? "" : `, since ${cleanLine(started, SHOWN)}`;
  const who = `a background app-server of ${short} runs (process ${read.pid}${since})`;
  const why = await oldEnvironment(context, home, there.env);
  return why === undefined
    ? undefined
    : { fact: `${who} ${why}`, stop: stopCommand(context, home) };
}

/** What is old about an environment, as the end of a sentence; `undefined` where nothing is. */
async function oldEnvironment(
  context: PatchContext,
  home: string,
  own: Env | undefined,
): Promise<string | undefined> {
  const names = await keyVariables(context, home);
  const here = names.filter((name) => context.env[name]);
  if (own === undefined) {
    return here.length === 0
      ? undefined
      : `and keeps the environment of its start: ${here.join(", ")} may be missing or old there`;
  }
  const old = here.filter((name) => own[name] !== context.env[name]);
  if (old.length > 0) {
    const missing = old.filter((name) => !own[name]);
    return missing.length > 0
      ? `without ${
        missing.join(", ")
      }: Codex's terminal interface attaches to it, and says "Missing environment variable"`
      : `with another ${
        old.join(", ")
      } than this shell's, and Codex's terminal interface attaches to it`;
  }
  const proxy = proxyOverLoopback(own);
  return proxy === undefined || proxyOverLoopback(context.env) !== undefined
    ? undefined
    : `with ${proxy} and without 127.0.0.1 in NO_PROXY: it sends what is meant for the sidecar to that proxy`;
}

/** The variables from which Codex takes its keys in a home, with and without a profile. */
async function keyVariables(context: PatchContext, home: string): Promise<string[]> {
  try {
    const { selections } = await readHome(context, joinPath(context.system, home, "config.toml"));
    const names = selections.flatMap(({ layers }) => {
      const name = filled(effectiveProvider(layers).table?.env_key);
      return name !== undefined && isVariableName(name) ? [name] : [];
    });
    return [...new Set(names)];
  } catch (error) {
    // Settings that cannot be read are reported where they are read
    if (error instanceof Failure) return [];
    throw error;
  }
}

function stopCommand({ system, env }: PatchContext, home: string): string {
  const stop = "codex app-server daemon stop";
  const usual = env.CODEX_HOME || (env.HOME && joinPath(system, env.HOME, ".codex"));
  if (system === "windows" || home === usual) return stop;
  return `CODEX_HOME=${JSON.stringify(home)} ${stop}`;
}

/** The environment in the form of `/proc/<pid>/environ`. */
export function parseEnvironment(text: string): Env {
  const pairs = text.split("\0").flatMap((one) => {
    const at = one.indexOf("=");
    return at <= 0 ? [] : [[one.slice(0, at), one.slice(at + 1)] as const];
  });
  return Object.fromEntries(pairs);
}
