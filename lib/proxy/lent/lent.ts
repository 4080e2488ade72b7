/**
 * Upstreams outside config.yaml whose keys the sidecar lends: those of a switcher's rows, after `init --all`. A client that
 * goes to one of them by `/r/` gets the models of all.
 *
 * Its rule: a key is lent to a client that shows another of these keys at the address where that one belongs, and to nobody
 * else. Who reaches the port without one gets nothing but the relay.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Address } from "../inbound/address.ts";
import { keyOf } from "../route/headers.ts";

/** One of them. */
export interface LentUpstream {
  /** What stands before the slash of `name/model`. */
  readonly name: string;
  readonly baseUrl: string;
  readonly key: string;
  /** The models that its settings name. */
  readonly models: readonly string[];
}

/** Reads the upstreams of this moment; empty where nothing is lent. */
export type ReadLent = () => readonly LentUpstream[];

/** The upstreams that a request may use, its own first; empty where its key is not one of theirs. */
export function lentTo(
  address: Address,
  headers: Headers,
  read: ReadLent | undefined,
): readonly LentUpstream[] {
  const key = read && keyOf(headers);
  if (!read || key === undefined || address.kind !== "relay") return [];
  const all = read();
  const base = baseOf(address);
  const shown = digest(key);
  // Digests, so that the time of the comparison says nothing about a key
  const own = all.find((one) => plain(one.baseUrl) === base && digest(one.key) === shown);
  return own ? [own, ...all.filter((one) => one !== own)] : [];
}

function baseOf({ scheme, host, path }: Extract<Address, { kind: "relay" }>): string | undefined {
  return plain(`${scheme}://${host}/${path}`);
}

/** An address as it is compared: as the URL parser writes it, without slashes at its end. */
function plain(url: string): string | undefined {
  return URL.parse(url)?.href.replace(/\/+$/, "");
}

function digest(key: string): string {
  return createHash("sha256").update(key).digest("base64");
}
