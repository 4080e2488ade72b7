/**
 * Which headers of a provider's answer are removed, each with its reason, and where a `Location` may lead.
 *
 * To the client an answer comes from `http://127.0.0.1:8411`. Headers about the provider's origin, connection or browser
 * policy would then apply to the sidecar's.
 *
 * @module
 */

import { HOP_BY_HOP } from "../inbound/hop_by_hop.ts";

/** Header names by the reason why they are removed. */
const REASONS: Readonly<Record<string, readonly string[]>> = {
  "concerns one connection": HOP_BY_HOP,
  "the body may be framed anew": ["content-length"],
  "Codex takes it for OpenAI's statement on models and limits (docs/facts/codex.md §0.9)": [
    "openai-model",
    "x-models-etag",
  ],
  "would be kept for every port of this machine": ["set-cookie", "set-cookie2"],
  "would send a browser on": ["refresh", "content-location"],
  "would wipe what the sidecar's own pages keep": ["clear-site-data"],
  "would let a script rule the whole origin": [
    "service-worker-allowed",
    "service-worker-navigation-preload",
  ],
  "would make a browser load or connect without being asked": [
    "link",
    "sourcemap",
    "x-sourcemap",
    "speculation-rules",
    "supports-loading-mode",
    "x-dns-prefetch-control",
    "use-as-dictionary",
  ],
  "would bind this host to another transport": [
    "alt-svc",
    "strict-transport-security",
    "public-key-pins",
    "public-key-pins-report-only",
    "expect-ct",
  ],
  "would have a browser report what the user does": [
    "nel",
    "report-to",
    "reporting-endpoints",
    "content-security-policy-report-only",
    "cross-origin-opener-policy-report-only",
    "cross-origin-embedder-policy-report-only",
    "permissions-policy-report-only",
    "document-policy-report-only",
    "attribution-reporting-register-source",
    "attribution-reporting-register-trigger",
    "observe-browsing-topics",
    "timing-allow-origin",
  ],
  "the sidecar sets its own": [
    "content-security-policy",
    "x-content-security-policy",
    "x-webkit-csp",
    "x-content-type-options",
    "x-frame-options",
    "referrer-policy",
    "cross-origin-resource-policy",
  ],
  "is a policy of another origin": [
    "cross-origin-opener-policy",
    "cross-origin-embedder-policy",
    "origin-agent-cluster",
    "permissions-policy",
    "feature-policy",
    "document-policy",
    "x-permitted-cross-domain-policies",
    "accept-ch",
    "critical-ch",
    "set-login",
    "activate-storage-access",
    "p3p",
  ],
  // A system that answers by itself (Negotiate, NTLM) trusts loopback, and the sidecar would pass its answer on
  "would ask for the user's login to this machine": ["www-authenticate", "authentication-info"],
};

const NOT_DOWN: ReadonlySet<string> = new Set(Object.values(REASONS).flat());
/** Families: OpenAI's own, a proxy's, CORS, those between browsers and servers. */
const NOT_DOWN_PREFIX = /^(?:x-codex-|proxy-|access-control-|sec-)/;

/** Whether a header of a provider's answer is removed. @param name in lower case */
export function isRemoved(name: string): boolean {
  return NOT_DOWN.has(name) || NOT_DOWN_PREFIX.test(name);
}

/** The addresses by which a provider's `Location` becomes one of the sidecar's. */
export interface LocationContext {
  /** The URL of the request upstream. */
  readonly asked: string;
  /** The target's base, without a trailing slash. */
  readonly base: string;
  /** The sidecar's own path for that base, without a trailing slash: `/u/acme/v1`. */
  readonly prefix: string;
}

/**
 * A `Location` as the client may follow it.
 *
 * @returns a path of the sidecar's that leads below the same base; `undefined` where it leads elsewhere: a client that
 *   followed would carry the key there in a header that no client drops, such as `x-api-key`
 */
export function locationHere(
  location: string,
  { asked, base, prefix }: LocationContext,
): string | undefined {
  const to = URL.parse(location, asked);
  const from = URL.parse(base);
  if (!to || !from || to.origin !== from.origin || to.username || to.password) return undefined;
  const root = from.pathname.replace(/\/+$/, "");
  if (!to.pathname.startsWith(`${root}/`)) return undefined;
  return `${prefix}${to.pathname.slice(root.length)}${to.search}`;
}
