/**
 * Upstreams outside config.yaml whose keys the sidecar lends: those of a switcher's rows, after `init --all`. A client that
 * goes to one of them by `/r/` gets the models of all.
 *
 * Its rule: a key is lent to a client that shows another of these keys at the address where that one belongs, or the pass that
 * `init --all` wrote for it, and to nobody else. Who reaches the port without one gets nothing but the relay.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Failure } from "../../base/errors.ts";
import { isPass } from "../../base/secrets/pass.ts";
import type { Address } from "../inbound/address.ts";
import { KEY_HEADERS, keyOf } from "../route/headers.ts";

/** One of them. */
export interface LentUpstream {
  /** What stands before the slash of `name/model`. */
  readonly name: string;
  readonly baseUrl: string;
  readonly key: string;
  /** The models that its settings name. */
  readonly models: readonly string[];
  /** What a client without any of these keys may show instead. @default nothing */
  readonly pass?: string;
}

/** Reads the upstreams of this moment; empty where nothing is lent. */
export type ReadLent = () => readonly LentUpstream[];

/** Where a request goes. */
export interface LentPlace {
  readonly address: Address;
  /** The client's headers, with the key that belongs there. */
  readonly asked: Headers;
}

/** What a client may use, and where it goes by itself. */
export interface Lent extends LentPlace {
  /** The upstreams, its own first; empty where nothing is lent to it. */
  readonly rows: readonly LentUpstream[];
}

/**
 * The upstreams that a request may use.
 *
 * @throws {Failure} `no_route` for a pass where nothing is lent any more: no provider may get that one
 */
export function lentTo(address: Address, asked: Headers, read: ReadLent | undefined): Lent {
  const key = read && keyOf(asked);
  if (!read || key === undefined) return { rows: [], address, asked };
  if (address.kind !== "relay") {
    if (isPass(key)) throw nothingLent();
    return { rows: [], address, asked };
  }
  const all = read();
  const base = baseOf(address);
  const shown = digest(key);
  const there = all.filter((one) => plain(one.baseUrl) === base);
  // Digests, so that the time of the comparison says nothing about a key
  const own = there.find((one) => digest(one.key) === shown);
  if (own) return { rows: ownFirst(own, all), address, asked };
  if (!isPass(key)) return { rows: [], address, asked };
  const first = there[0] ?? all[0];
  if (first?.pass === undefined || digest(first.pass) !== shown) {
    throw nothingLent();
  }
  // Its key belongs to its own address, which may have changed since `init`
  return { rows: ownFirst(first, all), ...placeAt(first, address, asked) };
}

function nothingLent(): Failure {
  return new Failure("no_route", "The sidecar knows no provider of cc-switch for this Codex", {
    hint: "Run sidecar init --all again, or sidecar undo",
  });
}

function ownFirst(own: LentUpstream, all: readonly LentUpstream[]): LentUpstream[] {
  return [own, ...all.filter((one) => one !== own)];
}

/** The address of an upstream, for the same path below its base, and the headers with its key. */
export function placeAt(
  { baseUrl, key }: LentUpstream,
  { rest, query }: Pick<Address, "rest" | "query">,
  from: Headers,
): LentPlace {
  const { protocol, host, pathname } = new URL(baseUrl);
  const asked = new Headers(from);
  for (const name of KEY_HEADERS) asked.delete(name);
  asked.set("authorization", `Bearer ${key}`);
  const path = pathname.replace(/^\/+|\/+$/g, "");
  const scheme = protocol.slice(0, -1);
  return { address: { kind: "relay", scheme, host, path, rest, query }, asked };
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
