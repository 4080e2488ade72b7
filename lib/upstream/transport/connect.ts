/**
 * A connection to the host of a URL: directly or through a proxy, secured where the URL says so.
 *
 * Always a new one: a connection that waited in a pool may be dead, and whether a request reached its host on it is
 * unknown. Nothing has been sent to the host when this fails.
 *
 * @module
 */

import { isIP, type Socket } from "node:net";
import * as tls from "node:tls";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { bareHost } from "../../base/loopback.ts";
import { dial, type Resolve, unlessAborted } from "./dial.ts";
import { type Proxy, proxyFor, type ReadEnv } from "./proxy_env.ts";
import type { Trust } from "./trust.ts";
import { proxyAuthorization, proxyRefused, tunnel } from "./tunnel.ts";
import { hintFor, reasonOf } from "./network_errors.ts";

/** Time, environment, trust and resolver of all connections of a process. */
interface ConnectWorld {
  readonly clock: Clock;
  readonly env: ReadEnv;
  readonly trust: Trust;
  /** @default the system's resolver */
  readonly resolve?: Resolve | undefined;
}

/** An open connection. */
export interface UpstreamConnection {
  readonly socket: Socket;
  /** The address at its other end, the proxy's where there is one; `undefined` where it is closed already. */
  readonly peer: { readonly address: string; readonly port: number } | undefined;
  /** The proxy that reads the request itself, as proxies do for `http:`; `undefined` where the host reads it. */
  readonly proxy: Proxy | undefined;
  /** The headers for that proxy. */
  readonly proxyHeaders: Readonly<Record<string, string>>;
}

/**
 * Opens a connection to the host of `url`.
 *
 * @param title the upstream in sentences
 * @throws Failure `unreachable`, in the upstream's or the proxy's name; the signal's reason
 */
export async function connect(
  url: URL,
  title: string,
  signal: AbortSignal,
  world: ConnectWorld,
): Promise<UpstreamConnection> {
  const { clock, resolve } = world;
  const host = bareHost(url.hostname);
  const secure = url.protocol === "https:";
  const port = Number(url.port) || (secure ? 443 : 80);
  const proxy = proxyFor(url, world.env);
  const first = proxy ?? { host, port };
  let socket: Socket | undefined;
  let atProxy = proxy !== undefined;
  try {
    socket = await dial({ host: first.host, port: first.port, clock, signal, resolve });
    const { remoteAddress } = socket;
    if (proxy?.kind === "https") socket = await secured(socket, proxy.host, world.trust, signal);
    const reads = proxy?.kind.startsWith("http") && !secure ? proxy : undefined;
    if (proxy && !reads) await unlessAborted(tunnel({ proxy, socket, host, port }), signal);
    atProxy = false;
    if (secure) socket = await secured(socket, host, world.trust, signal);
    const authorization = reads && proxyAuthorization(reads);
    return {
      socket,
      peer: remoteAddress ? { address: remoteAddress, port: first.port } : undefined,
      proxy: reads,
      proxyHeaders: authorization === undefined ? {} : { "proxy-authorization": authorization },
    };
  } catch (error) {
    socket?.destroy();
    if (signal.aborted) throw signal.reason;
    if (error instanceof Failure) throw error;
    if (proxy && atProxy) throw proxyRefused(proxy, `could not be reached: ${reasonOf(error)}`);
    const message = `${title} could not be reached at ${url.host}: ${reasonOf(error)}`;
    const { unread } = world.trust;
    const hint = unread === "" ? hintFor(error) : `${hintFor(error)}; ${unread}`;
    throw new Failure("unreachable", message, { cause: error, hint });
  }
}

/** TLS over a connection, with the host's certificate verified. */
function secured(
  socket: Socket,
  host: string,
  trust: Trust,
  signal: AbortSignal,
): Promise<Socket> {
  const context = trust.context();
  const secure = tls.connect({
    socket,
    host,
    ALPNProtocols: ["http/1.1"],
    ...(isIP(host) === 0 && { servername: host }),
    ...(context && { secureContext: context }),
  });
  const ready = new Promise<Socket>((resolve, reject) => {
    secure.once("secureConnect", () => resolve(secure));
    secure.on("error", reject);
    secure.once("close", () => reject(Object.assign(new TypeError("closed"), { code: "EPIPE" })));
  });
  return unlessAborted(ready, signal).catch((error) => {
    secure.destroy();
    throw error;
  });
}
