/**
 * Credential injection for upstreams outside config.yaml: those of a switcher's rows, after `init --all`. A client that goes to
 * one of them by `/r/` gets the models of all, and the sidecar sends each request with the key that belongs there.
 *
 * Its rule: a key is injected for a client that shows another of these keys at the address where that one belongs, or the local token
 * that `init --all` wrote for it, and for nobody else. Who reaches the port without one gets nothing but the relay.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { Failure } from "../../base/errors.ts";
import { isLocalToken } from "../../base/secrets/local_token.ts";
import type { Address } from "../inbound/address.ts";
import { KEY_HEADERS, keyOf } from "../route/headers.ts";

/** One of them. */
export interface InjectedUpstream {
  /** What stands before the slash of `name/model`. */
  readonly name: string;
  readonly baseUrl: string;
  readonly key: string;
  /** The models that its settings name. */
  readonly models: readonly string[];
  /** What a client without any of these keys may show instead. @default nothing */
  readonly localToken?: string;
}

/** Reads the upstreams of this moment; empty where there are none. */
export type ReadInjected = () => readonly InjectedUpstream[];

/** Where a request goes. */
export interface AddressedRequest {
  readonly address: Address;
  /** The client's headers, with the key that belongs there. */
  readonly asked: Headers;
}

/** What a client may use, and where it goes by itself. */
export interface Injection extends AddressedRequest {
  /** The upstreams, its own first; empty where it may use none. */
  readonly rows: readonly InjectedUpstream[];
}

/**
 * The upstreams that a request may use.
 *
 * @throws {Failure} `no_route` for a local token where there are no upstreams any more: no provider may get it
 */
export function injectionFor(
  address: Address,
  asked: Headers,
  read: ReadInjected | undefined,
): Injection {
  const key = read && keyOf(asked);
  if (!read || key === undefined) return { rows: [], address, asked };
  if (address.kind !== "relay") {
    if (isLocalToken(key)) throw nothingToInject();
    return { rows: [], address, asked };
  }
  const all = read();
  const base = baseOf(address);
  const shown = digest(key);
  const there = all.filter((one) => plain(one.baseUrl) === base);
  // Digests, so that the time of the comparison says nothing about a key
  const own = there.find((one) => digest(one.key) === shown);
  if (own) return { rows: ownFirst(own, all), address, asked };
  if (!isLocalToken(key)) return { rows: [], address, asked };
  const first = there[0] ?? all[0];
  if (first?.localToken === undefined || digest(first.localToken) !== shown) {
    throw nothingToInject();
  }
  // Its key belongs to its own address, which may have changed since `init`
  return { rows: ownFirst(first, all), ...requestTo(first, address, asked) };
}

function nothingToInject(): Failure {
  return new Failure("no_route", "The sidecar knows no provider of cc-switch for this Codex", {
    hint: "Run sidecar init --all again, or sidecar undo",
  });
}

function ownFirst(own: InjectedUpstream, all: readonly InjectedUpstream[]): InjectedUpstream[] {
  return [own, ...all.filter((one) => one !== own)];
}

/** The address of an upstream, for the same path below its base, and the headers with its key. */
export function requestTo(
  { baseUrl, key }: InjectedUpstream,
  { rest, query }: Pick<Address, "rest" | "query">,
  from: Headers,
): AddressedRequest {
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
