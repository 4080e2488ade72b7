/**
 * Reads the address of a page that a model asks for, and refuses what no page of the public internet has.
 *
 * Its rule: only the text is judged here. What a name resolves to is checked where the connection is made.
 *
 * @module
 */

import { isIP } from "node:net";
import { Failure } from "../base/errors.ts";
import { bareHost } from "../base/loopback.ts";
import { isPublicAddress, isPublicName } from "./public_address.ts";

/** Longest address that is read, in characters. */
const MAX_URL = 2_048;

/** Says which hosts and addresses may be asked for; tests say more than the default. */
export interface Reachable {
  /** Whether a page may be fetched from this address, without brackets. */
  address(address: string): boolean;
  /** Whether this name may be looked up. */
  name(host: string): boolean;
  /** Whether this port may be connected to. */
  port(port: number): boolean;
}

/** The public internet: 80, 443 and the ports that no system service has. */
export const PUBLIC: Reachable = {
  address: isPublicAddress,
  name: isPublicName,
  port: (port) => port === 80 || port === 443 || port >= 1024,
};

/**
 * The address as a URL without fragment, user and password.
 *
 * @throws {Failure} `refused` with the reason
 */
export function pageUrl(text: string, reachable: Reachable): URL {
  const written = text.trim();
  const url = written.length <= MAX_URL && URL.canParse(written) ? new URL(written) : undefined;
  if (!url || url.hostname === "") throw refused(written, "it is no address of a page");
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw refused(written, "only http and https pages are opened");
  }
  if (url.username !== "" || url.password !== "") {
    throw refused(url.hostname, "addresses with a user or a password are not opened");
  }
  const host = bareHost(url.hostname);
  const known = isIP(host) ? reachable.address(host) : reachable.name(host);
  if (!known) throw notPublic(url.host);
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  if (!reachable.port(port)) throw refused(url.host, `port ${port} is not opened`);
  url.hash = "";
  return url;
}

/** The refusal of a host that is not on the public internet. @param resolved the address that its name has here */
export function notPublic(host: string, resolved?: string): Failure {
  // The network of RFC 2544, which local proxies give names that they mean to look up themselves
  const faked = resolved !== undefined && /^198\.1[89]\./.test(resolved);
  return refused(host, "it is not on the public internet", faked ? FAKED : undefined);
}

const FAKED =
  "A proxy on this machine gives names addresses of its own (fake-ip), which cannot be checked. " +
  "Let it answer the sidecar's look-ups with real addresses";

function refused(what: string, why: string, hint?: string): Failure {
  const message = `The page ${what.slice(0, 200)} was not opened: ${why}`;
  return new Failure("refused", message, hint === undefined ? {} : { hint });
}
