/**
 * Which hosts mean this machine: one answer for listening, guarding, patching, tracing and dialing.
 *
 * Only the text is read, no name is resolved. A host may come from a URL, a `Host` header or the settings: in any case,
 * with or without the brackets of an IPv6 address, with or without the final dot of a full name. It has no port.
 *
 * @module
 */

import { isIP } from "node:net";

/** Hosts to name in `NO_PROXY`, so that requests to this machine stay on it. */
const NO_PROXY_HOSTS = ["127.0.0.1", "localhost", "::1"];

/**
 * Whether a host is reached from this machine alone: `localhost`, 127.0.0.0/8 in four decimal parts, `::1`, and the
 * IPv4-mapped forms of 127.0.0.0/8. A name such as `a.localhost` is not: what it resolves to is the resolver's choice.
 */
export function isLoopback(host: string): boolean {
  return isBareLoopback(bareHost(host));
}

/** Whether a URL's host is this machine: loopback, or the address "any" (`0.0.0.0`, `::`), which connects to it. */
export function isThisMachine(host: string): boolean {
  const bare = bareHost(host);
  if (isBareLoopback(bare) || bare === "0.0.0.0") return true;
  return isIP(bare) === 6 && canonical(bare) === "::";
}

/** Whether a name is `localhost` or below it: RFC 6761 §6.3 reserves both for loopback. */
export function isLocalhostName(host: string): boolean {
  return /^(?:.+\.)?localhost$/.test(bareHost(host));
}

/** A host in lower case, without the brackets of an IPv6 address and without the final dot of a full name. */
export function bareHost(host: string): string {
  return host.toLowerCase().replace(/^\[(.*)\]$/, "$1").replace(/\.$/, "");
}

/** A value for `NO_PROXY`: the hosts of `given`, another such value, and this machine. */
export function noProxyWithLoopback(given: string | undefined): string {
  const hosts = given?.split(",").map((host) => host.trim()).filter(Boolean) ?? [];
  return [...new Set([...hosts, ...NO_PROXY_HOSTS])].join(",");
}

function isBareLoopback(bare: string): boolean {
  if (bare === "localhost") return true;
  const family = isIP(bare);
  if (family === 4) return bare.startsWith("127.");
  return family === 6 && /^::(?:1|ffff:7f[\da-f]{2}:[\da-f]{1,4})$/.test(canonical(bare));
}

/** The shortest form of an IPv6 address; an address with a zone has none, and is returned as it is. */
function canonical(address: string): string {
  return URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? address;
}

/** A host as it stands in a URL or before a port: an IPv6 address in brackets. */
export function hostInUrl(host: string): string {
  return host.includes(":") ? `[${host}]` : host;
}
