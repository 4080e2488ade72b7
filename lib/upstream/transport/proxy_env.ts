/**
 * Which proxy a request goes through, by the environment variables that curl reads.
 *
 * `https_proxy` for https, `http_proxy` for http, `all_proxy` where that one is not set; lower case wins over upper.
 * `no_proxy` excludes hosts. Loopback never goes through a proxy, where it would mean the proxy's own machine.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { bareHost, isLocalhostName, isLoopback } from "../../base/loopback.ts";
import { excluded } from "./no_proxy.ts";

/** How a proxy is spoken to. */
type ProxyKind = "http" | "https" | "socks4" | "socks5";

/** A proxy, as its variable names it. */
export interface Proxy {
  readonly kind: ProxyKind;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty where none is given. */
  readonly user: string;
  readonly password: string;
}

/** Reads an environment variable. */
export type ReadEnv = (name: string) => string | undefined;

/** In every kind the proxy resolves the host's name: this machine's resolver may be the reason for the proxy. */
const KINDS: Readonly<Record<string, readonly [kind: ProxyKind, port: number]>> = {
  "http:": ["http", 80],
  "https:": ["https", 443],
  "socks4:": ["socks4", 1080],
  "socks4a:": ["socks4", 1080],
  "socks:": ["socks5", 1080],
  "socks5:": ["socks5", 1080],
  "socks5h:": ["socks5", 1080],
};

/**
 * The proxy for `url`, `undefined` where it is reached directly.
 *
 * @throws Failure `unreachable`, when the variable names no proxy; its value may hold a password and is not shown
 */
export function proxyFor(url: URL, env: ReadEnv): Proxy | undefined {
  const host = bareHost(url.hostname);
  if (isLoopback(host) || isLocalhostName(host)) return undefined;
  const scheme = url.protocol === "https:" ? "https" : "http";
  const name = [`${scheme}_proxy`, "all_proxy"].flatMap((low) => [low, low.toUpperCase()])
    .find((known) => filled(env(known)));
  if (name === undefined) return undefined;
  const port = Number(url.port) || (scheme === "https" ? 443 : 80);
  const list = filled(env("no_proxy")) ?? filled(env("NO_PROXY")) ?? "";
  if (excluded(host, port, list)) return undefined;
  return parseProxy(env(name) ?? "", name);
}

function filled(value: string | undefined): string | undefined {
  return value?.trim() || undefined;
}

function parseProxy(value: string, name: string): Proxy {
  const text = value.trim();
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`);
  const known = url && url.hostname !== "" ? KINDS[url.protocol] : undefined;
  if (!url || !known) {
    throw new Failure("unreachable", `${name} does not name a proxy that can be used`, {
      hint:
        "It takes http://, https:// or socks5:// with host and port, such as http://127.0.0.1:7890",
    });
  }
  const [kind, port] = known;
  return {
    kind,
    host: bareHost(url.hostname),
    port: Number(url.port) || port,
    user: plain(url.username),
    password: plain(url.password),
  };
}

/** A password may hold a percent sign that escapes nothing. */
function plain(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
