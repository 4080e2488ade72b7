/**
 * Opens a way through a proxy, so that the socket speaks to the host behind it.
 *
 * What goes wrong here is the proxy's fault or the user's word about it, and is told as that.
 *
 * @module
 */

import { request } from "node:http";
import type { Socket } from "node:net";
import { Failure } from "../../base/errors.ts";
import type { Proxy } from "./proxy_env.ts";
import { openSocks } from "./socks.ts";

/** Options of {@link tunnel}. */
export interface TunnelOptions {
  readonly proxy: Proxy;
  /** Connected to the proxy; ends with the tunnel's failure. */
  readonly socket: Socket;
  /** Where to, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The most of a proxy's own words that are shown. */
const MAX_WORDS = 100;

/**
 * Opens it.
 *
 * @throws Failure `unreachable`; or what broke the socket
 */
export function tunnel(options: TunnelOptions): Promise<void> {
  const { kind } = options.proxy;
  return kind === "http" || kind === "https" ? connectMethod(options) : socks(options);
}

/** The value of `Proxy-Authorization`, `undefined` where the proxy has no user. */
export function proxyAuthorization({ user, password }: Proxy): string | undefined {
  if (user === "" && password === "") return undefined;
  const bytes = new TextEncoder().encode(`${user}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

/** What a proxy says for itself, as a failure. */
export function proxyRefused(
  proxy: Pick<Proxy, "host" | "port" | "user">,
  said: string,
  status?: number,
): Failure {
  const hint = status === 407
    ? proxy.user === ""
      ? "Put user and password into the proxy variable: http://user:password@host:port"
      : "Check user and password in the proxy variable"
    : "Check the proxy, or take the host out with NO_PROXY";
  const words = `The proxy ${proxy.host}:${proxy.port} ${said}`;
  return new Failure("unreachable", words, { hint });
}

function connectMethod({ proxy, socket, host, port }: TunnelOptions): Promise<void> {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const authorization = proxyAuthorization(proxy);
  return new Promise((resolve, reject) => {
    const asked = request({
      method: "CONNECT",
      path: authority,
      headers: {
        host: authority,
        ...(authorization !== undefined && { "proxy-authorization": authorization }),
      },
      createConnection: () => socket,
    });
    asked.once("connect", ({ statusCode = 0, statusMessage = "" }) => {
      if (statusCode >= 200 && statusCode < 300) return resolve();
      const words = statusMessage.replace(/[^\x20-\x7e]/g, "").slice(0, MAX_WORDS);
      const said = statusCode === 407
        ? "asks for a user and a password it does not have (HTTP 407)"
        : `does not connect to ${authority}: HTTP ${`${statusCode} ${words}`.trim()}`;
      reject(proxyRefused(proxy, said, statusCode));
    });
    asked.on("error", reject);
    asked.once("close", () => reject(proxyRefused(proxy, "closed the connection")));
    asked.end();
  });
}

async function socks({ proxy, socket, host, port }: TunnelOptions): Promise<void> {
  const { user, password, kind } = proxy;
  const version = kind === "socks4" ? 4 : 5;
  const refused = await openSocks({ version, socket, user, password, host, port });
  if (refused !== undefined) throw proxyRefused(proxy, refused);
}
