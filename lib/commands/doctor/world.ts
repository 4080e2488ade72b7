/**
 * This machine, as the doctor reads it.
 *
 * @module
 */

import { lookup } from "node:dns/promises";
import { fetchBounded } from "../../base/bounded_read.ts";
import { systemClock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { loadConfig } from "../../config/load.ts";
import { configFile, type Env, stateDir } from "../../config/paths.ts";
import type { Got, World } from "../../doctor/facts.ts";
import { editsOf, knownHomes, manifestFile, readMemory } from "../../patch/state/manifest.ts";
import { systemDisk } from "../../patch/disk/system_disk.ts";
import type { PatchContext } from "../../patch/integration.ts";
import { openIntegrations } from "../../patch/integrations.ts";
import { openTrust } from "../../upstream/transport/trust.ts";
import { askCodex } from "../shared/codex_program.ts";
import { readSettingsFile } from "../shared/files.ts";
import { whoAnswers } from "../shared/identity.ts";
import { localProxyAt } from "../shared/local_proxy.ts";
import { listening, processes, processFacts, workingFolder } from "../shared/machine.ts";

/** Used where neither the settings nor the record of changes name a port. */
const USUAL_PORT = 8_411;
/** How long a program or a provider may take, in milliseconds: less than a check may. */
const TIMEOUT_MS = 8_000;
/** The most of a body that is read, in bytes. */
const BODY = 200_000;

/** What the command line and the process bring. */
export interface WorldOptions {
  readonly version: string;
  readonly config?: string | undefined;
  readonly env: Env;
  /** Is given each sentence about settings that have no effect, once. */
  readonly warn?: (sentence: string) => void;
}

/** The real machine: its settings, disk, network and programs. @throws {Failure} `bad_config`, without a home folder */
export async function thisWorld(
  { version, config: file, env, warn }: WorldOptions,
): Promise<World> {
  const system = Deno.build.os;
  const dir = stateDir(system, env);
  if (dir === undefined) {
    throw new Failure("bad_config", "The environment names no home folder", {
      hint: system === "windows" ? "Set LOCALAPPDATA" : "Set HOME",
    });
  }
  const told = new Set<string>();
  const once = (sentence: string) => {
    if (!told.has(sentence)) warn?.(sentence);
    told.add(sentence);
  };
  const config = () => loadConfig({ file, env, flags: {}, readFile: readSettingsFile, warn: once });
  const disk = systemDisk;
  const { manifest } = await readMemory(disk, manifestFile(system, dir)); // a check reports what is wrong with it
  const context: PatchContext = {
    system,
    env,
    port: await portOf(config) ?? manifest?.port ?? USUAL_PORT,
    knownHomes: knownHomes(manifest),
    stateDir: dir,
    disk,
    clock: systemClock,
    listening,
    processes,
    process: processFacts,
    localProxy: localProxyAt,
    folder: workingFolder(),
  };
  return {
    version,
    settingsFile: file ?? configFile(system, env),
    context,
    config,
    places: () =>
      Promise.all(
        openIntegrations(context).map((place) => place.state(editsOf(manifest, place.name))),
      ),
    who: whoAnswers({ system, env, clock: systemClock }),
    loads: askCodex(env),
    command,
    resolve: async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
    async handshake(hostname, port) {
      const connection = await Deno.connectTls({ hostname, port });
      await connection.handshake();
      connection.close();
    },
    askState: async (address) =>
      await (await import("../../state/try_store.ts")).tryRedis(address, {
        clock: systemClock,
        secureContext: () => openTrust((name) => env[name]).context(),
      }),
    get,
  };
}

async function portOf(config: World["config"]): Promise<number | undefined> {
  try {
    return (await config()).listen.port;
  } catch (error) {
    if (error instanceof Failure) return undefined; // a check reports it
    throw error;
  }
}

async function command(name: string, args: readonly string[]): Promise<string | undefined> {
  const [program, all] = Deno.build.os === "windows"
    ? ["cmd", ["/c", name, ...args]] // npm installs a .cmd there
    : [name, [...args]];
  const late = new AbortController();
  const cancel = systemClock.after(TIMEOUT_MS, () => late.abort());
  try {
    const { success, stdout } = await new Deno.Command(program, {
      args: all,
      stdin: "null",
      stderr: "null",
      signal: late.signal,
    }).output();
    return success ? new TextDecoder().decode(stdout) : undefined;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  } finally {
    cancel();
  }
}

async function get(url: string, headers: Readonly<Record<string, string>>): Promise<Got> {
  const bounds = { maxBytes: BODY, timeout: TIMEOUT_MS, clock: systemClock };
  const { status, text } = await fetchBounded(url, headers, bounds);
  return { status, text };
}
