/**
 * Which hosts `/r/` may reach: exact names only, compared as the URL parser writes them, without suffixes or guesses.
 *
 * @module
 */

import type { Profile } from "../../provider/profile.ts";
import { refused } from "../inbound/address.ts";

/** The hosts that may be reached. */
export interface RelayRules {
  /**
   * `host` or `host:port`, which both schemes may reach, or an origin, which is reached as it says and in no other way:
   * `https://host:port`. Without a port, the scheme's own.
   */
  readonly hosts: readonly string[];
  /** Their hosts may be reached over https on its own port. */
  readonly profiles: readonly Profile[];
}

/**
 * Checks one destination.
 *
 * @param host as the client wrote it, percent-decoded once: `api.example.com`, `[::1]:8080`.
 * @returns its origin: `https://api.example.com`
 * @throws Failure `relay_refused`
 */
export function relayOrigin(scheme: string, host: string, { hosts, profiles }: RelayRules): string {
  if (scheme !== "http" && scheme !== "https") throw refused(`has the scheme ${show(scheme)}`);
  const url = hostUrl(scheme, host);
  if (url === undefined) throw refused(`names no plain host but ${show(host)}`);
  if (hosts.some((listed) => listedUrl(scheme, listed)?.host === url.host)) return url.origin;
  const known = profiles.some((profile) => profile.hosts.includes(url.host));
  const other = scheme === "http" ? "https" : "http";
  if (!known && hosts.some((listed) => listedUrl(other, listed)?.hostname === url.hostname)) {
    throw refused(
      `asks for ${url.host} over ${scheme}, and it is known over ${other} alone`,
      "If you trust it, add it under relay.hosts in config.yaml",
    );
  }
  if (known && scheme === "https") return url.origin;
  const reason = known
    ? `asks for ${url.host} over plain http`
    : `names ${url.host}, which is no provider the sidecar knows`;
  throw refused(reason, "If you trust it, add it under relay.hosts in config.yaml");
}

/** The URL of what is listed, for a scheme; `undefined` where it is listed for the other one. */
function listedUrl(scheme: string, listed: string): URL | undefined {
  const [, own, host = listed] = /^(https?):\/\/(.*)$/.exec(listed) ?? [];
  return own === undefined || own === scheme ? hostUrl(scheme, host) : undefined;
}

/** The URL of a bare `host[:port]`; `undefined` where the text is anything more, or nothing. */
function hostUrl(scheme: string, host: string): URL | undefined {
  if (host === "" || /[\s@/\\?#%]/.test(host)) return undefined;
  return URL.parse(`${scheme}://${host}/`) ?? undefined;
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 100));
}
