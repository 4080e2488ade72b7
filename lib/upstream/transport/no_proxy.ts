/**
 * The list `NO_PROXY`: hosts that are reached directly.
 *
 * @module
 */

import { BlockList, isIP } from "node:net";

/**
 * Whether `list` excludes `host` from the proxy.
 *
 * Commas or blanks separate the entries: `*` is every host; a name means itself and everything below it, with or
 * without a dot (or `*.`) in front; an address means itself, a block (`10.0.0.0/8`) every address in it; a port behind
 * a colon narrows an entry to that port.
 *
 * @param host lower case, without brackets
 */
export function excluded(host: string, port: number, list: string): boolean {
  return list.toLowerCase().split(/[\s,]+/).some((entry) => matches(host, port, entry));
}

function matches(host: string, port: number, entry: string): boolean {
  if (entry === "") return false;
  if (entry === "*") return true;
  const [, name = "", wanted] = /^(\[[^\]]*\](?:\/\d+)?|[^:]*|[^:]*:[^:]*:.*?)(?::(\d+))?$/.exec(
    isIP(entry) === 6 ? `[${entry}]` : entry,
  ) ?? [];
  if (wanted !== undefined && Number(wanted) !== port) return false;
  const [address = "", bits] = name.replace(/[[\]]/g, "").split("/");
  const family = isIP(address);
  if (family !== 0) return isIP(host) !== 0 && sameNet(host, address, family, bits);
  if (isIP(host) !== 0) return false;
  const suffix = name.replace(/^\*?\./, "").replace(/\.$/, "");
  return suffix !== "" && (host === suffix || host.endsWith(`.${suffix}`));
}

function sameNet(host: string, address: string, family: number, bits: string | undefined) {
  const longest = family === 6 ? 128 : 32;
  const length = bits === undefined ? longest : Number(bits);
  if (!Number.isInteger(length) || length < 0 || length > longest) return false;
  const block = new BlockList();
  const kind = (version: number) => version === 6 ? "ipv6" : "ipv4";
  block.addSubnet(address, length, kind(family));
  return block.check(host, kind(isIP(host)));
}
