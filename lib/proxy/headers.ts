/**
 * Which headers cross the proxy, in both directions. What only concerns one connection, or would tell one side about
 * the other side's browser, account or transport, stays behind.
 *
 * @module
 */

import { isToken } from "./token.ts";

/** RFC 9110 §7.6.1, with the older names that are still sent. */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
  "expect",
];

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

const NOT_DOWN = new Set([
  ...HOP_BY_HOP,
  "content-length",
  "set-cookie",
  "alt-svc",
  "strict-transport-security",
  // Codex takes these for OpenAI's word on models and limits (docs/facts/codex.md §0.9)
  "openai-model",
  "x-models-etag",
]);
const NOT_DOWN_PREFIX = /^(?:x-codex-|proxy-|access-control-)/;

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
export interface UpstreamHeadersOptions {
  /** The sidecar's own token, which goes to nobody. */
  readonly token: string | null;
  /** The key that replaces the client's, if any. */
  readonly key: string | undefined;
  /** Whether the target takes ChatGPT logins, and so the account they belong to. */
  readonly takesLogin: boolean;
}

/** The headers of the request to the upstream: the client's, cleaned, with the key that belongs there. */
export function upstreamHeaders(
  from: Headers,
  { token, key, takesLogin }: UpstreamHeadersOptions,
): Headers {
  const headers = cleaned(from, NOT_UP, NOT_UP_PREFIX);
  headers.set("accept-encoding", "identity");
  const authorization = headers.get("authorization");
  if (token !== null && authorization !== null && isToken(authorization, token)) {
    headers.delete("authorization");
  }
  if (key !== undefined) {
    for (const name of KEY_HEADERS) headers.delete(name);
    headers.set("authorization", `Bearer ${key}`);
  }
  if (!takesLogin || key !== undefined) headers.delete("chatgpt-account-id");
  return headers;
}

/** The headers of the response to the client. The length goes: the body may be framed anew. */
export function clientHeaders(from: Headers): Headers {
  return cleaned(from, NOT_DOWN, NOT_DOWN_PREFIX);
}

function cleaned(from: Headers, names: ReadonlySet<string>, prefix: RegExp): Headers {
  const connection = from.get("connection")?.toLowerCase().split(",").map((name) => name.trim());
  const headers = new Headers();
  for (const [name, value] of from) {
    if (names.has(name) || prefix.test(name) || connection?.includes(name)) continue;
    headers.append(name, value);
  }
  return headers;
}
