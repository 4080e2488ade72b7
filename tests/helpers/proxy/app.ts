/**
 * An app to test the proxy's edges with: a configuration to bend, an exchange that only notes what it was called with.
 *
 * @module
 */

import { systemClock } from "../../../lib/base/clock.ts";
import type { Config, UpstreamConfig } from "../../../lib/config/config.ts";
import type { ExchangeRecord } from "../../../lib/observe/observer.ts";
import { type App, type AppDeps, createApp } from "../../../lib/proxy/app.ts";
import type { Call } from "../../../lib/proxy/call.ts";
import { seededRandom } from "../clock/fake_clock.ts";

/** A configuration like the defaults, with small limits. */
export function testConfig(changes: Partial<Config> = {}): Config {
  return {
    listen: { host: "127.0.0.1", port: 8411, token: null },
    heartbeat: { interval: 10_000 },
    status: { after: 8_000, language: "en" },
    headGrace: 45_000,
    clientTimeout: 30_000,
    timeouts: {
      connect: 15_000,
      head: 300_000,
      firstEvent: 480_000,
      silence: 180_000,
      progress: 480_000,
    },
    chosenTimeouts: {},
    retry: { attempts: 6, maxWait: 600_000 },
    limits: { body: 4096, event: 65536, toolCalls: 128 },
    relay: { hosts: [] },
    search: { via: "provider", url: null, apiKeyEnv: null },
    helpers: { model: null },
    vision: { model: null },
    images: { upstream: null },
    upstreams: new Map(),
    history: null,
    prices: [],
    log: { level: "info", format: "text", dir: null },
    ...changes,
  };
}

/** An upstream with nothing set but its base. */
export function upstream(
  baseUrl: string,
  changes: Partial<UpstreamConfig> = {},
): UpstreamConfig {
  return { baseUrl, models: [], timeouts: {}, retry: {}, ...changes };
}

/** An app under test and what it did. */
export interface TestApp extends App, Disposable {
  readonly calls: Call[];
  readonly records: ExchangeRecord[];
  /** Sends a request with the `Host` a client would send. */
  ask(path: string, init?: RequestInit): Promise<Response>;
}

/** Makes one. Its exchange answers `exchanged` at once. */
export function testApp(config: Partial<Config> = {}, deps: Partial<AppDeps> = {}): TestApp {
  const calls: Call[] = [];
  const records: ExchangeRecord[] = [];
  const app = createApp({
    config: testConfig(config),
    clock: systemClock,
    random: seededRandom(1),
    observer: { finished: (record) => records.push(record), attemptFailed() {}, notice() {} },
    env: () => undefined,
    version: "0.0.0",
    exchange: (call) => {
      calls.push(call);
      return Promise.resolve({ response: new Response("exchanged"), done: Promise.resolve() });
    },
    ...deps,
  });
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    if (!headers.has("host")) headers.set("host", "127.0.0.1:8411");
    return app.fetch(new Request(`http://127.0.0.1:8411${path}`, { ...init, headers }));
  };
  return { ...app, calls, records, ask, [Symbol.dispose]: () => app.close() };
}

/** The `error` of a JSON error answer. */
export async function errorOf(
  response: Response,
): Promise<{ status: number; message: string; code: string }> {
  const { error } = await response.json();
  return { status: response.status, message: error.message, code: error.code };
}
