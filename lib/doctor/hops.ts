/**
 * The route of a request, hop by hop, from Codex's `base_url` to the provider: who should listen at each hop, and who
 * does.
 *
 * @module
 */

import type { FrontProxy } from "../base/front_proxies.ts";
import { filled } from "../base/json.ts";
import { isThisMachine } from "../base/loopback.ts";
import { fromRelay } from "../patch/relay_url.ts";
import type { DoctorFacts } from "./facts.ts";
import type { Other } from "./who/messages.ts";

/** Who listens at a hop; a `sidecar` that is up is the user's own, proved. */
export type HopListener = "sidecar" | FrontProxy | "unknown" | "nobody" | "provider";

/** One hop. */
export interface Hop {
  /** The base URL at which it is asked. */
  readonly url: string;
  readonly who: HopListener;
  /** Whether something answers there. */
  readonly up: boolean;
  /** The known proxy that answers at an `unknown` hop. */
  readonly named?: string;
  /** Where a sidecar should answer and somebody else does. */
  readonly other?: Other;
}

/** The most hops that are followed: a longer route is a loop. */
const MOST = 5;

/** Follows the route. The last hop is the provider, or the one at which the trace is lost. */
export async function traceHops(facts: DoctorFacts): Promise<Hop[]> {
  const hops: Hop[] = [];
  let url = facts.codex.baseUrl;
  while (url !== undefined && hops.length < MOST && hops.every((hop) => hop.url !== url)) {
    const port = loopbackPort(url);
    if (port === undefined) {
      hops.push({ url, who: "provider", up: true });
      break;
    }
    const hop: Hop = hops.at(-1)?.who === "sidecar" && facts.fronts.get(port) === undefined
      ? { url, who: "provider", up: await facts.world.context.listening(port) }
      : await listenerAt(facts, url, port);
    hops.push(hop);
    url = nextUrl(facts, hop);
  }
  return hops;
}

/** The port of a URL on this machine; `undefined` where it is on another one. */
export function loopbackPort(url: string): number | undefined {
  const parts = URL.parse(url);
  if (!parts || !isThisMachine(parts.hostname)) return undefined;
  return Number(parts.port) || (parts.protocol === "https:" ? 443 : 80);
}

/**
 * The URL at which a hop is asked: a sidecar was proved at 127.0.0.1, and what listens at another name or address of
 * this machine may be somebody else.
 */
export function askedUrl({ url, who }: Hop): string {
  const asked = URL.parse(url);
  if (who === "sidecar" && asked) asked.hostname = "127.0.0.1";
  return (who === "sidecar" && asked ? asked.href : url).replace(/\/+$/, "");
}

async function listenerAt(
  { world, port: own, fronts }: DoctorFacts,
  url: string,
  port: number,
): Promise<Hop> {
  const who = await world.who(port);
  if (who.is === "sidecar") return { url, who: "sidecar", up: true };
  const expected = fromRelay(url) || port === own ? "sidecar" : fronts.get(port);
  if (who.is === "nobody") return { url, who: expected ?? "nobody", up: false };
  if (expected === "sidecar") return { url, who: "unknown", up: true, other: who };
  const named = expected ? undefined : await world.context.localProxy?.(port);
  return { url, who: expected ?? "unknown", up: true, ...named !== undefined && { named } };
}

function nextUrl(
  { config, ccSwitch, codexPlus }: DoctorFacts,
  { url, who }: Hop,
): string | undefined {
  if (who === "cc-switch") return ccSwitch instanceof Error ? undefined : ccSwitch?.url;
  if (who === "Codex++") return filled(codexPlus?.upstreamBaseUrl);
  if (who !== "sidecar") return undefined;
  const relay = fromRelay(url);
  if (relay) return relay.url;
  if (config instanceof Error) return undefined;
  const [, name] = /\/u\/([^/]+)\/v1\/?$/.exec(url) ?? [];
  const chosen = name === undefined
    ? config.upstreams.values().next().value
    : config.upstreams.get(decodeURIComponent(name));
  return chosen?.baseUrl;
}
