/**
 * The app on a socket: start, drain, abort. What `serve`, the demo, the tests and the benchmarks all run.
 *
 * Always listens on the host it was given, never on every interface by default.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { hostInUrl } from "../base/loopback.ts";
import type { Config } from "../config/config.ts";
import { type App, type AppDeps, createApp } from "./app.ts";
import { descriptorLimit, maxConnections } from "./listen/descriptors.ts";
import { type HttpServer, serveHttp } from "./listen/http_server.ts";

/** The parts of a server besides its configuration. */
interface ServerDeps extends Omit<AppDeps, "config"> {
  /** Answers the requests. @default the app of this configuration */
  readonly app?: App;
  /** Most client connections; more are answered 503. @default what the limit of open files leaves room for */
  readonly maxConnections?: number;
}

/** A server that listens. */
export interface RunningServer {
  /** The real port, also where the configuration says 0. */
  readonly port: number;
  /** Where a client on this machine reaches it, without a trailing slash: `http://127.0.0.1:8411`. */
  readonly url: string;
  /** How many exchanges are running. */
  live(): number;
  /** The most requests that were with each key of an upstream at once, by the key's name in `/healthz`. */
  mostAtOnce(): ReadonlyMap<string, number>;
  /** Resolves when it cannot accept connections any more, and never otherwise: the process should end. */
  readonly lost: Promise<Failure>;
  /** `/readyz` answers 503; after `drain.notice` no more connections are taken. Resolves when all running exchanges have ended by themselves. */
  stop(): Promise<void>;
  /** Aborts the running exchanges with the reason. Resolves when they have ended, or after {@link ABORT_GRACE}. */
  abort(): Promise<void>;
}

/** How long aborted exchanges may take to send their clients the reason, in milliseconds. */
export const ABORT_GRACE = 2_000;

/**
 * Starts a server that listens when this returns.
 *
 * @throws {Failure} `bad_config`, when the address cannot be had.
 */
export function startServer(config: Config, deps: ServerDeps): RunningServer {
  const app = deps.app ?? createApp({ ...deps, config });
  const server = listen(config.listen, app, deps);
  let stopped: Promise<void> | undefined;
  const stop = () => stopped ??= end();
  const { promise: noticed, resolve: hurry } = Promise.withResolvers<void>();
  const end = async () => {
    app.unready();
    const notice = config.drain?.notice ?? 0;
    if (notice > 0) {
      const cancel = deps.clock.after(notice, hurry);
      await noticed;
      cancel();
    }
    await Promise.all([server.close(), app.drain()]);
    app.close();
  };
  const { port } = server;
  return {
    port,
    url: `http://${reachable(config.listen.host)}:${port}`,
    live: () => app.live(),
    mostAtOnce: () => app.mostAtOnce(),
    lost: server.lost,
    stop,
    abort: () =>
      new Promise((resolve, reject) => {
        const cancel = deps.clock.after(ABORT_GRACE, resolve);
        const done = stop();
        hurry();
        app.abort(new Failure("shutting_down", "The sidecar was stopped by its user"));
        done.then(resolve, reject).finally(cancel);
      }),
  };
}

function listen({ host, port }: Config["listen"], app: App, deps: ServerDeps): HttpServer {
  try {
    return serveHttp(app.fetch, {
      host,
      port,
      max: deps.maxConnections ?? maxConnections(descriptorLimit()),
      clock: deps.clock,
      observer: deps.observer,
    });
  } catch (error) {
    app.close();
    throw cannotListen({ host, port }, error);
  }
}

/** The host to connect to for an address that is listened on. */
function reachable(host: string): string {
  const own = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return hostInUrl(own);
}

function cannotListen({ host, port }: { host: string; port: number }, error: unknown): Failure {
  const address = `${hostInUrl(host)}:${port}`;
  const [fact, hint] = whyNot(error, `http://${reachable(host)}:${port}/healthz`);
  return new Failure("bad_config", `The sidecar cannot listen on ${address}: ${fact}`, {
    cause: error,
    hint,
  });
}

function whyNot(error: unknown, health: string): [fact: string, hint: string] {
  if (error instanceof Deno.errors.AddrInUse) {
    return [
      "the port is taken",
      `Stop what listens there (${health} tells whether it is a sidecar), or choose another port with --port`,
    ];
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return ["the system does not permit it", "Choose a port above 1023 with --port"];
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return ["this machine has no such address", "Choose one of its own with --host"];
  }
  return [error instanceof Error ? error.message : String(error), "Check --host and --port"];
}
