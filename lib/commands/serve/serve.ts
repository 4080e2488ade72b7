/**
 * `sidecar serve`: load the settings, listen, and drain when asked to stop.
 *
 * Everything it prints goes to standard error.
 *
 * @module
 */

import { systemClock, systemRandom } from "../../base/clock.ts";
import { cleanAll, cleanLine } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import { shownUrl } from "../../base/secrets/sources.ts";
import { type Config, DRAIN_LIMIT_MS } from "../../config/config.ts";
import type { FlagOverrides } from "../../config/env.ts";
import { loadConfig } from "../../config/load.ts";
import { processEnv } from "../../config/process_env.ts";
import { readKeys } from "../../config/keys/upstream_keys.ts";
import { selfTest } from "../../doctor/live/self_test.ts";
import { logExchanges, startLog } from "../../observe/log.ts";
import { metrics as keepMetrics } from "../../observe/metrics.ts";
import { combineObservers, type Observer } from "../../observe/observer.ts";
import { asksForTraces, denoTracer, traces } from "../../observe/traces.ts";
import { startServer } from "../../proxy/server.ts";
import { readSettingsFile } from "../shared/files.ts";
import { docsOf, serveHistory } from "./history.ts";
import { openIdentity } from "../shared/identity.ts";
import { bypassProxyForLoopback } from "../shared/loopback.ts";
import { openInjectedRows } from "./injected_rows.ts";
import { logFailure, openLog } from "./log_outputs.ts";
import { type ExitCode, terminal } from "../shared/output.ts";
import { openRecorder, type RecordFlags } from "../recordings/record.ts";
import { onStop } from "../shared/signals.ts";
import { serveState } from "./shared_state.ts";
import { untilStopped } from "./stopping.ts";
import { watchSettings } from "./watch.ts";

/** The command's options, as the command line brings them. */
export interface ServeOptions extends FlagOverrides, RecordFlags {
  /** The settings file; without it the usual one. */
  readonly config?: string | undefined;
  readonly version: string;
}

/**
 * Serves until it is asked to stop.
 *
 * @returns 0, or 1 when exchanges had to be aborted or the listener was lost
 * @throws {Failure} `bad_config`, for settings it cannot work with and an address it cannot have.
 */
export async function serve(options: ServeOptions): Promise<ExitCode> {
  try {
    return await untilItEnds(options);
  } catch (error) {
    if (options.logDir) await logFailure(options.logDir, error);
    throw error;
  }
}

async function untilItEnds(options: ServeOptions): Promise<ExitCode> {
  const { config: file, version, record, recordOnly, recordContent, ...flags } = options;
  const remarks: string[] = [];
  const config = await loadConfig({
    file,
    env: processEnv(),
    flags,
    readFile: readSettingsFile,
    warn: (sentence) => remarks.push(sentence),
  });
  const log = await openLog(config.log.dir, terminal.color);
  startLog({ ...config.log, outputs: log.outputs });
  const toLog = logExchanges();
  const recorder = await openRecorder({ record, recordOnly, recordContent }, version, toLog);
  const metrics = keepMetrics({ version });
  const history = await serveHistory({
    config,
    clock: systemClock,
    version,
    env: processEnv(),
    observer: toLog,
  });
  const others = [recorder, openTraces(version, remarks)].filter((one) => one !== undefined);
  const observer = combineObservers(toLog, metrics, history, ...others);
  const env = (name: string) => Deno.env.get(name);
  bypassProxyForLoopback();
  const recorded: string[] = [];
  const state = await serveState(config, env, observer);
  const running = startServer(config, {
    clock: systemClock,
    random: systemRandom,
    observer,
    env,
    version,
    metrics,
    history,
    docs: docsOf(version),
    recorded,
    state,
    injected: openInjectedRows({ system: Deno.build.os, env: processEnv() }, observer),
    secret: await openIdentity(Deno.build.os, processEnv(), observer),
    divert: selfTest(systemClock, config.heartbeat.interval).divert,
  });
  const unwatch = await watchSettings(recorded, observer);
  outliveBugs(observer);
  for (const line of banner(config, running.url)) log.say(line);
  for (const remark of remarks) observer.notice("warning", cleanLine(remark));
  warn(config, env, observer);
  const limit = config.drain?.limit ?? DRAIN_LIMIT_MS;
  const code = await untilStopped(running, { observer, clock: systemClock, limit, onStop });
  unwatch();
  state?.close();
  history.close();
  const late = new Promise<void>((resolve) => systemClock.after(5_000, resolve));
  await Promise.race([recorder?.flush(), late]); // a folder that hangs must not hold the process
  await log.flush(systemClock, 1_000);
  return code;
}

/** The lines that are logged when it listens, in the log's format: the address, and the upstreams of the settings. */
export function banner({ upstreams, log }: Config, url: string): string[] {
  const title = `sidecar listening on ${url}`;
  if (log.format === "json") {
    const time = new Date().toISOString();
    const facts = cleanAll({ url, upstreams: [...upstreams.keys()] });
    return [displayJson({ time, level: "info", event: "listening", message: title, ...facts })];
  }
  const widest = Math.max(0, ...[...upstreams.keys()].map((name) => name.length));
  const rows = [...upstreams].map(([name, { baseUrl, models }], index) => {
    const serves = `${index === 0 ? "/v1 and " : ""}/u/${name}/v1`;
    const list = models.length > 0 ? ` for ${models.join(", ")}` : "";
    return cleanLine(`  ${name.padEnd(widest)}  ${shownUrl(baseUrl)} at ${serves}${list}`);
  });
  const none = "  no upstreams in the settings; known providers are reached through /r/";
  return [title, ...(rows.length > 0 ? rows : [none])];
}

/** Warns of settings that are valid and probably a mistake. */
function warn(config: Config, env: (name: string) => string | undefined, observer: Observer): void {
  for (const [name, upstream] of config.upstreams) {
    const keys = readKeys(upstream, env);
    const some = keys.some(({ fault }) => fault === undefined);
    for (const { fault } of keys) {
      if (fault === undefined) continue;
      const so = some ? "this key of the pool is not used" : "requests to it are refused";
      observer.notice("warning", `upstreams.${name}: ${fault}, so ${so}`);
    }
  }
}

/** Spans for OpenTelemetry, where the environment asks for them. @param remarks gets what stands in the way */
function openTraces(version: string, remarks: string[]): Observer | undefined {
  const env = (name: string) => Deno.env.get(name);
  if (!asksForTraces(env)) return undefined;
  const tracer = denoTracer(version);
  if (!tracer) {
    remarks.push(
      "OTEL_DENO is set, but a compiled sidecar exports nothing: run it from a checkout",
    );
  } else if (env("OTEL_PROPAGATORS") !== "none") {
    remarks.push(
      "Deno replaces the client's traceparent on the way upstream: set OTEL_PROPAGATORS=none to keep it",
    );
  }
  return tracer && traces(tracer, systemClock.wall);
}

/** A bug in one exchange must not end the others: what nobody caught is logged, and the process lives on. */
function outliveBugs(observer: Observer): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    observer.notice("error", `A bug: nobody caught ${describe(event.reason)}`);
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    observer.notice("error", `A bug: nobody caught ${describe(event.error)}`);
  });
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? thrown.stack ?? thrown.message : String(thrown);
}
