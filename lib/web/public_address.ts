/**
 * Which addresses are on the public internet: the only ones that a page may be fetched from.
 *
 * Its rule: what is not known to be public is refused. IPv6 is public inside 2000::/3 alone, so that IPv4-mapped, NAT64,
 * unique local, link-local and site-local addresses need no entry of their own.
 *
 * Source: the IANA registries of special-purpose addresses, iana-ipv4-special-registry and iana-ipv6-special-registry,
 * read 2026-11-25.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";
import { bareHost, isLocalhostName } from "../base/loopback.ts";

/** IPv4 networks that are not public. */
const IPV4: readonly (readonly [network: string, prefix: number])[] = [
  ["0.0.0.0", 8], // "this network"; 0.0.0.0 connects to this machine
  ["10.0.0.0", 8], // private
  ["100.64.0.0", 10], // carrier-grade NAT; also the metadata address of some clouds
  ["127.0.0.0", 8], // loopback
  ["169.254.0.0", 16], // link-local; 169.254.169.254 is cloud metadata
  ["172.16.0.0", 12], // private
  ["192.0.0.0", 24], // protocol assignments; 192.0.0.192 is metadata in one cloud
  ["192.0.2.0", 24], // documentation
  ["192.31.196.0", 24], // AS112
  ["192.52.193.0", 24], // AMT
  ["192.88.99.0", 24], // 6to4 relay
  ["192.168.0.0", 16], // private
  ["192.175.48.0", 24], // AS112
  ["198.18.0.0", 15], // benchmarking; also "fake IP" answers of local proxies
  ["198.51.100.0", 24], // documentation
  ["203.0.113.0", 24], // documentation
  ["224.0.0.0", 4], // multicast
  ["240.0.0.0", 4], // reserved, broadcast
];

/** IPv6 networks inside 2000::/3 that are not public, or lead to an IPv4 address of anyone's choice. */
const IPV6: readonly (readonly [network: string, prefix: number])[] = [
  ["2001::", 23], // Teredo, benchmarking, ORCHID and other assignments
  ["2001:db8::", 32], // documentation
  ["2002::", 16], // 6to4
  ["2620:4f:8000::", 48], // AS112
  ["3ffe::", 16], // 6bone
  ["3fff::", 20], // documentation
];

const global = new BlockList();
global.addSubnet("2000::", 3, "ipv6");
const special = new BlockList();
for (const [network, prefix] of IPV4) special.addSubnet(network, prefix, "ipv4");
for (const [network, prefix] of IPV6) special.addSubnet(network, prefix, "ipv6");

/** Whether an address, without brackets, is public. Anything that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !special.check(address, "ipv4");
  if (family !== 6 || address.includes("%") || address.includes(".")) return false;
  return global.check(address, "ipv6") && !special.check(address, "ipv6");
}

/** Endings of names that only a local resolver answers (RFC 6761, RFC 6762, RFC 8375; ICANN's `internal`). */
const LOCAL_NAME =
  /(?:^|\.)(?:localhost|local|internal|intranet|lan|home|corp|private|home\.arpa|in-addr\.arpa|ip6\.arpa|onion|test|invalid)$/;

/** Whether a name can be one of the public internet: it has a dot, and no ending that is local by convention. */
export function isPublicName(host: string): boolean {
  const name = bareHost(host);
  return name.includes(".") && !isLocalhostName(name) && !LOCAL_NAME.test(name);
}
