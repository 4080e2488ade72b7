/**
 * What `service install` is about to write: settings checked as `serve` checks them, variables sorted, warnings.
 *
 * @module
 */

import { posix, win32 } from "node:path";
import { Failure } from "../../base/errors.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load.ts";
import { configFile, stateDir } from "../../config/paths.ts";
import { keySources } from "../../config/keys/upstream_keys.ts";
import { shortPath, userHome } from "../../patch/folders.ts";
import { missingLines, serviceEnvironment } from "../../service/environment.ts";
import { serviceCommand, temporaryLocation } from "../../service/program.ts";
import { type Installer, refuseUnwritable, type Service } from "../../service/service.ts";
import { warnOn } from "../shared/output.ts";
import { type Machine, textsOf } from "../shared/this_machine.ts";

/** Options of the service's commands, as the command line brings them. */
export interface ServiceOptions {
  /** The settings file that the service is to read. */
  readonly config?: string | undefined;
  readonly port?: string | undefined;
  readonly dryRun?: boolean | undefined;
  readonly json?: boolean | undefined;
}

/** A service about to be installed. */
export interface ServicePlan {
  readonly service: Service;
  readonly listen: Config["listen"];
  /** The folder of its log. */
  readonly logDir: string;
  /** What the user should know: what is missing, what will break it. */
  readonly advice: readonly string[];
}

/**
 * Plans the service.
 *
 * @param by who asks; a service that the user installed stays the user's when `init` installs it anew
 * @throws {Failure} `bad_config`, `bad_usage`: settings that `serve` would refuse, a port that Codex could not find.
 */
export async function planService(
  options: ServiceOptions,
  machine: Machine,
  by: Installer,
): Promise<ServicePlan> {
  const { system, env, runtime } = machine;
  const path = system === "windows" ? win32 : posix;
  const state = stateDir(system, env);
  const home = userHome(system, env);
  const usual = configFile(system, env);
  if (!state || !home || !usual) {
    throw new Failure("bad_config", "The environment names no home folder", {
      hint: system === "windows" ? "Set USERPROFILE, APPDATA and LOCALAPPDATA" : "Set HOME",
    });
  }
  const config = options.config === undefined ? undefined : path.resolve(options.config);
  const readFile = textsOf(machine);
  const { listen, log, upstreams } = await loadConfig({
    file: config,
    env,
    system,
    flags: { port: options.port },
    readFile,
    warn: warnOn(machine.terminal),
  });
  if (listen.port === 0) {
    throw new Failure("bad_usage", "A service needs a port of its own: Codex would not find it", {
      hint: "Choose one with --port, or as listen.port in config.yaml",
    });
  }
  const keys = new Map(
    [...upstreams].flatMap(([name, upstream]) =>
      keySources(upstream).flatMap(({ from, name: variable }) =>
        from === "env" ? [[variable, name] as const] : []
      )
    ),
  );
  const { kept, missing } = serviceEnvironment(system, env, keys);
  const logDir = log.dir === null ? path.join(state, "logs") : path.resolve(log.dir);
  const envFile = path.join(path.dirname(usual), "service.env");
  const command = serviceCommand(runtime, { config, port: options.port, logDir });
  const service = { by, port: listen.port, command, env: kept, envFile, home };
  refuseUnwritable(service);
  const there = system === "linux" ? namesIn(await readFile(envFile) ?? "") : [];
  const absent = missing.filter(({ name }) => !there.includes(name));
  const fleeting = temporaryLocation(system, env, command[0]);
  return {
    service,
    listen,
    logDir,
    advice: [
      ...(fleeting ? movingLines(command[0], fleeting) : []),
      ...missingLines(absent, { system, envFile: shortPath(system, env, envFile) }),
    ],
  };
}

/** The variables that a file of `NAME=value` lines sets. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/^\s*([A-Za-z_]\w*)=/gm)].map(([, name]) => name as string);
}

function movingLines(program: string, place: string): string[] {
  return [
    `${program} is in ${place}. The service starts it from there: when it is moved or deleted,`,
    "the service is broken. Move it to another folder and run sidecar service install there.",
  ];
}
