/**
 * `sidecar run -- codex …`: Codex through a private sidecar on a free port. Nothing is written to disk.
 *
 * @module
 */

import { systemClock, systemRandom } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { noProxyWithLoopback } from "../../base/loopback.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load.ts";
import { silent } from "../../observe/observer.ts";
import { type CodexArguments, readArguments } from "../../patch/codex/flags/arguments.ts";
import { configPaths } from "../../patch/codex/files.ts";
import { layersWith, readHome } from "../../patch/codex/layers/layer_files.ts";
import { type Overrides, overrides } from "../../patch/codex/flags/overrides.ts";
import { readFronts } from "../../patch/fronts.ts";
import { chosenProfile } from "../../provider/choose.ts";
import { type RunningServer, startServer } from "../../proxy/server.ts";
import { newToken, TOKEN_HEADER } from "../../proxy/inbound/token.ts";
import { childCommand } from "./child.ts";
import { codexCommand } from "./launcher.ts";
import { openPatching } from "../patch/patching.ts";
import { type Machine, textsOf, thisMachine } from "../shared/this_machine.ts";

/**
 * Tells Codex the token of its sidecar: a header's value by way of the environment, which other users cannot read, as
 * they can a command line.
 */
const TOKEN_VARIABLE = "CODEX_SIDECAR_RUN_TOKEN";

/** The command's options. */
export interface CodexRunOptions {
  /** A profile's name: that provider for this run. */
  readonly provider?: string | undefined;
  readonly codexHome?: string | undefined;
  readonly version: string;
}

/**
 * Runs a command line of Codex and waits for its end.
 *
 * @param argv program and arguments, as they stand behind `--`
 * @returns Codex's own exit code; 128 and the signal's number where one ended it
 * @throws {Failure} `bad_usage`, `bad_config`
 */
export async function runCodex(
  argv: readonly string[],
  options: CodexRunOptions,
  machine: Machine = thisMachine(),
): Promise<number> {
  const { program, before, args } = codexCommand(argv);
  const recorded: string[] = [];
  const token = newToken(systemRandom);
  const running = startServer(await privateConfig(machine, token), {
    clock: systemClock,
    random: systemRandom,
    // Codex owns the terminal: its user reads failures there.
    observer: silent,
    env: (name) => machine.env[name],
    version: options.version,
    recorded,
  });
  try {
    const asked = readArguments(args);
    const { args: own, origin } = await overridesFor(asked, running, options, machine);
    recorded.push(origin);
    return await runChild(
      program,
      // Behind the user's own, which decide what is in use: Codex takes the last one
      [...before, ...args.slice(0, asked.behind), ...own, ...args.slice(asked.behind)],
      { [TOKEN_VARIABLE]: token },
      machine,
      options,
    );
  } finally {
    await running.abort();
  }
}

/** The user's settings, but on any free port of loopback and for bearers of this run's token only. */
async function privateConfig(machine: Machine, token: string): Promise<Config> {
  const { env, system } = machine;
  const config = await loadConfig({ env, system, readFile: textsOf(machine), flags: {} });
  return { ...config, listen: { host: "127.0.0.1", port: 0, token } };
}

async function overridesFor(
  { profile: named, flags, local }: CodexArguments,
  { port }: RunningServer,
  { provider, codexHome }: CodexRunOptions,
  machine: Machine,
): Promise<Overrides> {
  const { context, memory } = await openPatching(
    { codexHome, port: String(port) },
    machine,
    "settings",
  );
  if (memory.newer || memory.shared) {
    machine.terminal.err(`sidecar: ${memory.trouble?.fullMessage}\n`);
  }
  const profile = provider === undefined ? undefined : chosenProfile(provider);
  if (local !== undefined) {
    throw new Failure("bad_usage", `${local} makes Codex ask a model on this machine by itself`, {
      hint: `Leave ${local} out, or start Codex without sidecar run`,
    });
  }
  const [path = "config.toml"] = await configPaths(context);
  const home = await readHome(context, path);
  const { file: { name, login, taken } } = home.config;
  const facts = { port, fronts: await readFronts(context), login, taken };
  const envHeaders = { [TOKEN_HEADER]: TOKEN_VARIABLE };
  return overrides(layersWith(home, named, flags), facts, name, { profile, envHeaders });
}

async function runChild(
  program: string,
  args: readonly string[],
  more: Readonly<Record<string, string>>,
  { env }: Machine,
  { codexHome }: CodexRunOptions,
): Promise<number> {
  let child: Deno.ChildProcess | undefined;
  // Before the child is there: it may run, and a signal may come, before this line is left.
  const stop = passSignals(() => child);
  try {
    child = await spawn(program, args, {
      ...childEnv(env),
      ...more,
      ...codexHome && { CODEX_HOME: codexHome },
    });
    return (await child.status).code;
  } finally {
    stop();
  }
}

async function spawn(program: string, args: readonly string[], env: Record<string, string>) {
  try {
    const streams = { stdin: "inherit", stdout: "inherit", stderr: "inherit" } as const;
    return (await childCommand(program, args, { env, ...streams })).spawn();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const fact = error instanceof Deno.errors.NotFound ? "there is no such program" : error.message;
    throw new Failure("bad_usage", `Cannot start ${program}: ${fact}`, {
      cause: error,
      hint: "Install it, or name it with its path",
    });
  }
}

/** Codex follows a proxy of the environment to 127.0.0.1 too (docs/facts/codex.md §1.4), unless it is told not to. */
function childEnv(env: Machine["env"]): Record<string, string> {
  const all = noProxyWithLoopback(env.NO_PROXY ?? env.no_proxy);
  return { NO_PROXY: all, no_proxy: all };
}

/** Forwards the signals of this process to the child. Ctrl-C of a terminal reaches the child by itself. */
function passSignals(child: () => Deno.ChildProcess | undefined): () => void {
  const names: Deno.Signal[] = Deno.build.os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
  const byTerminal = Deno.stdin.isTerminal() || Deno.build.os === "windows";
  const handlers = names.map((name) => {
    const pass = () => {
      if (byTerminal && name !== "SIGTERM" && name !== "SIGHUP") return;
      try {
        child()?.kill(name);
      } catch (error) {
        // Gone already: its status says how.
        if (!(error instanceof TypeError)) throw error;
      }
    };
    Deno.addSignalListener(name, pass);
    return () => Deno.removeSignalListener(name, pass);
  });
  return () => handlers.forEach((remove) => remove());
}
