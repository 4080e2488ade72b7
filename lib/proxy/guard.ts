/**
 * Who may talk to the sidecar: programs on this machine, or bearers of the token; never a web page.
 *
 * A page can make the user's browser send requests to loopback, and a hostile name server can make them look
 * same-origin. Both show in `Host`, `Origin` and `Sec-Fetch-Site`. No CORS header ever leaves the sidecar.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { Failure } from "../base/errors.ts";
import type { Config } from "../config/config.ts";
import { carriesToken } from "./token.ts";

/** The one path that needs no token, so that a supervisor can ask. */
const OPEN_PATH = "/healthz";

/** Hono middleware that throws a {@link Failure} for every request that may not pass. */
export function guard({ host, token }: Config["listen"]): MiddlewareHandler {
  return async function guard({ req }, next) {
    const { headers } = req.raw;
    const named = checkHost(headers, host, token);
    checkOrigin(req.method, headers, named);
    if (token !== null && req.path !== OPEN_PATH && !carriesToken(headers, token)) {
      throw new Failure("bad_token", "The request does not carry the sidecar's token", {
        hint: "Send listen.token as Authorization: Bearer, or as x-sidecar-token",
      });
    }
    if (/\bwebsocket\b/i.test(headers.get("upgrade") ?? "")) {
      throw new Failure("upgrade_refused", "The sidecar speaks HTTP, not WebSocket", {
        hint: "Leave supports_websockets unset for this provider",
      });
    }
    await next();
  };
}

/** Whether a name, as `Host` or configuration write it (no port), means this machine and nothing else. */
export function isLoopback(name: string): boolean {
  const bare = name.toLowerCase();
  return bare === "localhost" || bare === "::1" || bare === "[::1]" ||
    /^127(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/.test(bare);
}

function checkHost(headers: Headers, listenHost: string, token: string | null): string {
  const host = headers.get("host") ?? "";
  const name = /^([a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.exec(host)?.[1];
  if (name === undefined) {
    throw new Failure("bad_host", "The request names no single host in its Host header");
  }
  // Beyond loopback any name may lead here; then the token is what decides
  const beyond = token !== null && !isLoopback(listenHost);
  const listened = listenHost.includes(":") ? `[${listenHost}]` : listenHost;
  if (beyond || isLoopback(name) || name.toLowerCase() === listened.toLowerCase()) return host;
  throw new Failure(
    "bad_host",
    `The request asks for the host ${name}, which is not this machine`,
    {
      hint: "Use 127.0.0.1 or localhost in base_url",
    },
  );
}

function checkOrigin(method: string, headers: Headers, host: string): void {
  const origin = headers.get("origin");
  const site = headers.get("sec-fetch-site")?.toLowerCase();
  const own = origin === null ||
    (origin === `http://${host}` && isLoopback(host.replace(/:\d+$/, "")));
  const preflight = origin !== null && method === "OPTIONS";
  if (own && !preflight && site !== "cross-site" && site !== "same-site") return;
  throw new Failure(
    "bad_origin",
    "The request comes from a web page, and none may use the sidecar",
  );
}
