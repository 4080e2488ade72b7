/**
 * Who the client is where balancers stand in front: the address before the last one that is trusted.
 *
 * Its rule: `X-Forwarded-For` counts only from `listen.trusted_proxies`, read from its end, because a client may have
 * written its beginning.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/** Most entries of the header that are read. */
const MOST_HOPS = 16;

/** Finds the address of a client; without trusted networks it is the peer's. */
export type ClientAddress = (peer: string | undefined, headers: Headers) => string | undefined;

/** @param trusted addresses and networks, as `listen.trusted_proxies` has them */
export function clientAddresses(trusted: readonly string[]): ClientAddress {
  const list = new BlockList();
  for (const each of trusted) {
    const [address = "", length] = each.split("/");
    const family = familyOf(address);
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  const isTrusted = (address: string) => list.check(address, familyOf(address));
  return (peer, headers) => {
    if (peer === undefined) return undefined;
    let client = plain(peer);
    if (trusted.length === 0) return client;
    const hops = (headers.get("x-forwarded-for") ?? "").split(",").slice(-MOST_HOPS).toReversed();
    for (const hop of hops) {
      const address = plain(hop);
      if (!isTrusted(client) || isIP(address) === 0) return client;
      client = address;
    }
    return client;
  };
}

/** Whether a request says that it came through a proxy. */
export function isForwarded(headers: Headers): boolean {
  return ["x-forwarded-for", "forwarded", "x-real-ip", "via"].some((name) => headers.has(name));
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** An address without blanks, brackets and port; an IPv4 address inside IPv6 as IPv4. */
function plain(text: string): string {
  const trimmed = text.trim();
  const [, bracketed, four] = /^\[([^\]]*)\](?::\d+)?$|^(\d+(?:\.\d+){3}):\d+$/.exec(trimmed) ?? [];
  return (bracketed ?? four ?? trimmed).replace(/^::ffff:(?=\d+\.)/i, "").toLowerCase();
}
