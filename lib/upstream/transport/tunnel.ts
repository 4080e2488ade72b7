/**
 * Opens a tunnel through a proxy, so that the socket is connected to the host behind it.
 *
 * Every failure here names the proxy: it, or the variable that configures it, is at fault.
 *
 * @module
 */

import { request } from "node:http";
import type { Socket } from "node:net";
import { Failure } from "../../base/errors.ts";
import { hostInUrl } from "../../base/loopback.ts";
import type { Proxy } from "./proxy_env.ts";
import { openSocks } from "./socks.ts";

/** Options of {@link tunnel}. */
interface TunnelOptions {
  readonly proxy: Proxy;
  /** Connected to the proxy; ends with the tunnel's failure. */
  readonly socket: Socket;
  /** Where to, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** The characters of a proxy's own status text that are shown. */
const MAX_REASON = 100;

/**
 * Opens a tunnel by CONNECT or SOCKS, as the proxy's kind says.
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

/** The failure for a proxy's refusal. @param fact the end of a sentence about the proxy: `closed the connection` */
export function proxyRefused(
  proxy: Pick<Proxy, "host" | "port" | "user">,
  fact: string,
  status?: number,
): Failure {
  const hint = status === 407
    ? proxy.user === ""
      ? "Put user and password into the proxy variable: http://user:password@host:port"
      : "Check user and password in the proxy variable"
    : "Check the proxy, or exclude the host with NO_PROXY";
  const message = `The proxy ${proxy.host}:${proxy.port} ${fact}`;
  return new Failure("unreachable", message, { hint });
}

function connectMethod({ proxy, socket, host, port }: TunnelOptions): Promise<void> {
  const authority = `${hostInUrl(host)}:${port}`;
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
      const reason = statusMessage.replace(/[^\x20-\x7e]/g, "").slice(0, MAX_REASON);
      const fact = statusCode === 407
        ? "asks for a user and a password it does not have (HTTP 407)"
        : `does not connect to ${authority}: HTTP ${`${statusCode} ${reason}`.trim()}`;
      reject(proxyRefused(proxy, fact, statusCode));
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
