/**
 * Who may talk to the sidecar: programs on this machine, or bearers of the token; never a web page.
 *
 * A page can make the user's browser send requests to loopback, and a hostile name server can make them look
 * same-origin. `Host`, `Origin` and `Sec-Fetch-*` show both. The sidecar never sends a CORS header.
 *
 * @module
 */

import type { HonoRequest, MiddlewareHandler } from "hono";
import { Failure } from "../../base/errors.ts";
import type { Connection } from "../../base/identity.ts";
import { hostInUrl, isLoopback } from "../../base/loopback.ts";
import type { Config } from "../../config/config.ts";
import { isProxied, refuseBrowsers, refusePages } from "./browser.ts";
import { clientAddresses, isForwarded } from "./client_address.ts";
import { carriesToken } from "./token.ts";
import type { Caller, Users } from "./users.ts";

/** The paths that need no token, so that a supervisor can check the sidecar's health. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/healthz", "/readyz"]);

/** What the guard reads of a connection, and what it leaves for those behind it. */
export interface Guarded {
  Bindings: { connection?: Connection };
  /** Who asks a provider; absent where there are no users. */
  Variables: { caller?: Caller };
}

/** Who passes although it carries no token: the dashboard's login. */
interface Door {
  /** The path of the login form. */
  readonly loginPath: string;
  admits(request: Request): boolean;
}

/**
 * Hono middleware that throws a {@link Failure} for every request that may not pass.
 *
 * @param users where there are any, their tokens lead to the providers, and `listen.token` to everything
 */
export function guard(
  listen: Config["listen"],
  users?: Users,
  door?: Door,
): MiddlewareHandler<Guarded> {
  const { host, token, trustedProxies = [] } = listen;
  const clientOf = clientAddresses(trustedProxies);
  return async function guard(c, next) {
    const { req } = c;
    const { headers, url } = req.raw;
    // Beyond loopback any name may lead here, and so it may where a balancer passes on what it was asked; the token decides
    const anyName = isLoopback(host) ? users && isProxied(req.path) : token !== null || users;
    const named = checkHost(headers, host, anyName !== undefined && anyName !== false);
    checkAuthority(url, named);
    // Whoever knows the token may log in by a page of whatever name this machine has.
    const own = req.path === door?.loginPath ? `http://${named}` : ownOrigin(named);
    refusePages(req.method, headers, own);
    if (isProxied(req.path)) refuseBrowsers(headers);
    const open = OPEN_PATHS.has(req.path) || door?.admits(req.raw) === true;
    if (users) {
      const client = clientOf(c.env?.connection?.remote.hostname, headers);
      const caller = callerOf(req, listen, users, open);
      if (caller && client !== undefined) c.set("caller", { ...caller, client });
      else if (caller) c.set("caller", caller);
    } else if (token !== null && !open && !carriesToken(headers, token)) {
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

/**
 * Who asks, where there are users; `undefined` for a page of the sidecar's own. Those are the operator's: they need
 * `listen.token`, or where there is none come from this machine.
 *
 * @param open whether the path needs no token
 *
 * @throws {Failure} `bad_token`
 */
function callerOf(
  { raw: { headers, url }, path }: HonoRequest,
  { host, token }: Config["listen"],
  users: Users,
  open: boolean,
): Caller | undefined {
  const user = users.enter(headers, url);
  const operator = token !== null && carriesToken(headers, token);
  if (isProxied(path)) {
    if (operator) return {};
    if (user !== undefined) return { user };
    throw new Failure(
      "bad_token",
      "The request does not carry the token of a user of this gateway",
      {
        hint: "Send it as Authorization: Bearer, or as x-sidecar-token",
      },
    );
  }
  const local = token === null && isLoopback(host) && !isForwarded(headers);
  if (operator || local || open) return undefined;
  throw new Failure("bad_token", "The sidecar's own pages are its operator's", {
    hint: token === null
      ? "Set listen.token to see them from other machines"
      : "Send listen.token as Authorization: Bearer, or as x-sidecar-token",
  });
}

/** @param anyName whether every name may lead here */
function checkHost(headers: Headers, listenHost: string, anyName: boolean): string {
  const host = headers.get("host") ?? "";
  const name = /^([a-z\d._-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i.exec(host)?.[1];
  if (name === undefined) {
    throw new Failure("bad_host", "The request names no single host in its Host header");
  }
  if (anyName || isLoopback(name) || name.toLowerCase() === hostInUrl(listenHost).toLowerCase()) {
    return host;
  }
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
