/**
 * Who may talk to the sidecar: programs on this machine, or bearers of the token; never a web page.
 *
 * A page can make the user's browser send requests to loopback, and a hostile name server can make them look
 * same-origin. `Host`, `Origin` and `Sec-Fetch-*` show both. The sidecar never sends a CORS header.
 *
 * @module
 */

import type { MiddlewareHandler } from "hono";
import { Failure } from "../../base/errors.ts";
import { isLoopback } from "../../base/loopback.ts";
import type { Config } from "../../config/config.ts";
import { isProxied, refuseBrowsers, refusePages } from "./browser.ts";
import { carriesToken } from "./token.ts";

/** The one path that needs no token, so that a supervisor can check the sidecar's health. */
const OPEN_PATH = "/healthz";

/** Who passes although it carries no token: the dashboard's login. */
interface Door {
  /** The path of the login form. */
  readonly loginPath: string;
  admits(request: Request): boolean;
}

/** Hono middleware that throws a {@link Failure} for every request that may not pass. */
export function guard({ host, token }: Config["listen"], door?: Door): MiddlewareHandler {
  return async function guard({ req }, next) {
    const { headers, url } = req.raw;
    const named = checkHost(headers, host, token);
    checkAuthority(url, named);
    // Whoever knows the token may log in by a page of whatever name this machine has.
    const own = req.path === door?.loginPath ? `http://${named}` : ownOrigin(named);
    refusePages(req.method, headers, own);
    if (isProxied(req.path)) refuseBrowsers(headers);
    const open = req.path === OPEN_PATH || door?.admits(req.raw);
    if (token !== null && !open && !carriesToken(headers, token)) {
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

function checkHost(headers: Headers, listenHost: string, token: string | null): string {
  const host = headers.get("host") ?? "";
  const name = /^([a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.exec(host)?.[1];
  if (name === undefined) {
    throw new Failure("bad_host", "The request names no single host in its Host header");
  }
  // Beyond loopback any name may lead here; then the token decides
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

/**
 * The target's authority must be the Host. Deno shows the target of `GET http://other/ HTTP/1.1` as the request's URL
 * and leaves Host as it came, so one of the two could be checked and the other one used (measured on 2.7.14 and 2.9.6).
 */
function checkAuthority(url: string, host: string): void {
  const [, scheme, authority] = /^([a-z]+):\/\/([^/?#]*)/i.exec(url) ?? [];
  if (scheme?.toLowerCase() === "http" && sameAuthority(authority ?? "", host)) return;
  throw new Failure("bad_host", "The request's target and its Host header name different hosts");
}

function sameAuthority(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => text.toLowerCase().replace(/:80$/, ""));
  return one === other;
}

/** The origin of a page of the sidecar's own; beyond loopback a page of that name may be anybody's. */
function ownOrigin(host: string): string | undefined {
  return isLoopback(host.replace(/:\d+$/, "")) ? `http://${host}` : undefined;
}
