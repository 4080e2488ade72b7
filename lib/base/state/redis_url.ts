/**
 * The address of a Redis as a user writes it: `redis://user:password@host:port/database`, `rediss://` for TLS.
 *
 * @module
 */

import { isIP } from "node:net";
import { hostInUrl } from "../loopback.ts";

/** How a Redis is reached. */
export interface RedisAddress {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  /** Whether it is spoken to in TLS. */
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
}

const USUAL_PORT = 6379;

/** Reads it; `undefined` where it is none, or has what no sidecar uses: a query, a fragment, a path that is no database. */
export function parseRedisUrl(text: string): RedisAddress | undefined {
  const url = /^rediss?:\/\/[^\s/]/i.test(text) ? URL.parse(text) : null;
  if (!url || url.search !== "" || url.hash !== "") return undefined;
  const host = url.hostname.replace(/^\[|\]$/g, "");
  const db = /^\/?$/.test(url.pathname) ? "0" : /^\/(\d{1,4})$/.exec(url.pathname)?.[1];
  const username = decoded(url.username);
  const password = decoded(url.password);
  if (!isHost(host) || db === undefined) return undefined;
  if (username === undefined || password === undefined) return undefined;
  return {
    host,
    port: url.port === "" ? USUAL_PORT : Number(url.port),
    db: Number(db),
    tls: url.protocol === "rediss:",
    ...username !== "" && { username },
    ...password !== "" && { password },
  };
}

/** The Redis in sentences, without a secret. */
export function redisTitle({ host, port }: RedisAddress): string {
  return `Redis at ${hostInUrl(host)}:${port}`;
}

function isHost(host: string): boolean {
  return isIP(host) !== 0 || /^[a-z0-9]([\w.-]*[a-z0-9])?$/i.test(host);
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
