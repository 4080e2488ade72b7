/**
 * Starts the sidecar for a test: in this process, or as one of its own where it must be killed.
 *
 * @module
 */

import { systemRandom } from "../../../lib/base/clock.ts";
import type { Config, UpstreamConfig } from "../../../lib/config/config.ts";
import type { AttemptNote, ExchangeRecord, Observer } from "../../../lib/observe/observer.ts";
import type { AppDeps } from "../../../lib/proxy/app.ts";
import { startServer } from "../../../lib/proxy/server.ts";
import { testConfig } from "../proxy/app.ts";
import { lines } from "../codex/codex.ts";
import { patientClock } from "../clock/fast_clock.ts";
import { sidecarCommand } from "./program.ts";

/** A sidecar under test. */
export interface TestSidecar {
  /** Its base without a path: `http://127.0.0.1:PORT`. */
  readonly url: string;
  /** Finished exchanges. */
  readonly records: readonly ExchangeRecord[];
  readonly notes: readonly AttemptNote[];
  /** Everything it told, for the report of a failing test. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

/** A configuration for tests with real sockets: a beat a second, clocks of a minute, waits of a second at most. */
export function sidecarConfig(
  upstream: UpstreamConfig,
  changes: Partial<Config> = {},
): Config {
  return testConfig({
    listen: { host: "127.0.0.1", port: 0, token: null },
    heartbeat: { interval: 1_000 },
    headGrace: 2_000,
    timeouts: {
      connect: 5_000,
      head: 60_000,
      firstEvent: 60_000,
      silence: 60_000,
      progress: 60_000,
    },
    retry: { attempts: 6, maxWait: 60_000 },
    limits: { body: 64 * 1024 ** 2, event: 16 * 1024 ** 2, toolCalls: 128 },
    upstreams: new Map([["sim", upstream]]),
    ...changes,
  });
}

/**
 * Starts one in this process on a free port.
 *
 * @param more what else hears of its work
 * @param deps what of the world is another
 */
export function startSidecar(
  config: Config,
  more: Pick<Observer, "received"> = {},
  deps: Partial<Pick<AppDeps, "web" | "env" | "clock">> = {},
): TestSidecar {
  const records: ExchangeRecord[] = [];
  const notes: AttemptNote[] = [];
  const log: string[] = [];
  const server = startServer(config, {
    clock: patientClock,
    random: systemRandom,
    observer: {
      finished(record) {
        records.push(record);
        log.push(`finished ${JSON.stringify(record)}`);
      },
      attemptFailed(note) {
        notes.push(note);
        log.push(`attempt failed ${JSON.stringify(note)}`);
      },
      notice: (level, message, facts) => log.push(`${level} ${message} ${JSON.stringify(facts)}`),
      ...more,
    },
    env: () => undefined,
    version: "0.0.0",
    ...deps,
  });
  return { url: server.url, records, notes, log, stop: () => server.abort() };
}

/** A sidecar in a process of its own. */
export interface SidecarProcess {
  readonly url: string;
  readonly pid: number;
  readonly log: readonly string[];
  /** Ends it with the signal and waits until it is gone; one that is gone already is no error. */
  kill(signal: Deno.Signal): Promise<number>;
}

/**
 * Starts `sidecar serve` and waits until it listens.
 *
 * @param args flags of `serve`; `--port 0` unless they name one
 * @param yaml its config.yaml
 * @param env beside this process's
 */
export async function startSidecarProcess(
  yaml: string,
  args: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<SidecarProcess> {
  const file = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(file, yaml);
  const child = sidecarCommand(["serve", "--config", file, ...args], {
    env,
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const log: string[] = [];
  const listening = Promise.withResolvers<string>();
  const reading = (async () => {
    for await (const line of lines(child.stderr)) {
      log.push(line);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
      if (url) listening.resolve(url);
    }
    listening.reject(new Error(`The sidecar never listened:\n${log.join("\n")}`));
  })();
  const url = await listening.promise;
  return {
    url,
    pid: child.pid,
    log,
    async kill(signal) {
      try {
        child.kill(signal);
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // TypeError: it has ended by itself
      }
      const [{ code }] = await Promise.all([child.status, reading]);
      await Deno.remove(file);
      return code;
    },
  };
}
