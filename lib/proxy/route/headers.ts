/**
 * Which headers cross the proxy, in both directions. Headers about one connection are removed, and those that would show
 * one side the other side's browser, account or transport.
 *
 * @module
 */

import { HOP_BY_HOP } from "../inbound/hop_by_hop.ts";
import { isRemoved, type LocationContext, locationHere } from "./response_headers.ts";
import { isToken } from "../inbound/token.ts";

const NOT_UP = new Set([
  ...HOP_BY_HOP,
  "host",
  "content-length",
  "content-encoding",
  "accept-encoding",
  "cookie",
  "origin",
  "referer",
  "x-sidecar-token",
  "x-real-ip",
  "forwarded",
]);
const NOT_UP_PREFIX = /^(?:sec-|x-forwarded-|proxy-|access-control-)/;

/** The headers a client may carry a key in. */
export const KEY_HEADERS = ["authorization", "api-key", "x-api-key"] as const;

/** The key in a set of headers, without its scheme; `undefined` when there is none. */
export function keyOf(headers: Headers): string | undefined {
  for (const name of KEY_HEADERS) {
    const key = headers.get(name)?.replace(/^bearer +/i, "").trim();
    if (key) return key;
  }
  return undefined;
}

/** What {@link upstreamHeaders} needs to know besides the client's headers. */
interface UpstreamHeadersOptions {
  /** The sidecar's own token, which never goes upstream. */
  readonly token: string | null;
  /** The headers with the key that replaces the client's, if any. */
  readonly auth: Readonly<Record<string, string>> | undefined;
  /** The headers for the client's own key, where the wire has a form of its own for keys. */
  readonly rekeyed?: ((key: string) => Readonly<Record<string, string>>) | undefined;
  /** Whether the target takes ChatGPT logins, and so the account they belong to. */
  readonly takesLogin: boolean;
}

/** The headers of the request to the upstream: the client's, cleaned, with the key that belongs there. */
export function upstreamHeaders(
  from: Headers,
  { token, auth, rekeyed, takesLogin }: UpstreamHeadersOptions,
): Headers {
  const headers = cleaned(from, (name) => NOT_UP.has(name) || NOT_UP_PREFIX.test(name));
  headers.set("accept-encoding", "identity");
  const authorization = headers.get("authorization");
  if (token !== null && authorization !== null && isToken(authorization, token)) {
    headers.delete("authorization");
  }
  const key = keyOf(headers);
  const own = auth ?? (key === undefined || speaksIt(headers) ? undefined : rekeyed?.(key));
  if (own !== undefined) {
    for (const name of KEY_HEADERS) headers.delete(name);
    for (const [name, value] of Object.entries(own)) headers.set(name, value);
  }
  if (!takesLogin || auth !== undefined) headers.delete("chatgpt-account-id");
  return headers;
}

/**
 * The headers of the response to the client.
 *
 * @param here where a `Location` may lead; without it none is passed on
 */
export function clientHeaders(from: Headers, here?: LocationContext): Headers {
  const headers = cleaned(from, isRemoved);
  const location = headers.get("location");
  if (location === null) return headers;
  const path = here && locationHere(location, here);
  if (path === undefined) headers.delete("location");
  else headers.set("location", path);
  return headers;
}

/** Whether the client speaks the Messages API itself, and so knows how its key travels. */
function speaksIt(headers: Headers): boolean {
  return headers.has("anthropic-version");
}

function cleaned(from: Headers, remove: (name: string) => boolean): Headers {
  const connection = from.get("connection")?.toLowerCase().split(",").map((name) => name.trim());
  const headers = new Headers();
  for (const [name, value] of from) {
    if (remove(name) || connection?.includes(name)) continue;
    headers.append(name, value);
  }
  return headers;
}
