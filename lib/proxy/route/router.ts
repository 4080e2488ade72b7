/**
 * The router: resolves the address of a request to a {@link Target}: which upstream, its wire, deadlines and key. What the
 * request then needs on its way there is a `route.ts`.
 *
 * Of several values of one setting the first of these wins: the upstream's own setting, the user's global setting, the
 * provider's profile, the default.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { Config, UpstreamConfig, Wire } from "../../config/config.ts";
import type { Profile } from "../../provider/profile.ts";
import { GENERIC, profileFor, profileNamed, PROFILES, wireFor } from "../../provider/profiles.ts";
import type { Address } from "../inbound/address.ts";
import { type Lists, type ModelUpstream, upstreamOf } from "./model_upstream.ts";
import { WIRES } from "../wires/wires.ts";
import { relayOrigin } from "./relay.ts";
import type { Target } from "./target.ts";
import { targetKeys } from "../../config/keys/upstream_keys.ts";

/** Reads whatever has an address. */
type ReadOrigins = () => readonly { readonly baseUrl: string }[];

/** Options of {@link Router}. */
interface RouterOptions {
  readonly config: Config;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** Origins that `init` recorded, such as `https://api.example.com`; read anew for each request. @default none */
  readonly recorded?: readonly string[];
  /** Upstreams whose keys are injected: their origins may be reached too. @default none */
  readonly injected?: ReadOrigins | undefined;
  /** Whether an upstream's own list is known to have a model. @default none is known */
  readonly listed?: Lists;
}

/** Resolves the addresses of a process by its configuration. */
export class Router {
  readonly #config: Config;
  readonly #env: RouterOptions["env"];
  readonly #recorded: readonly string[];
  readonly #listed: Lists | undefined;
  readonly #injected: ReadOrigins | undefined;

  constructor({ config, env, recorded = [], injected, listed }: RouterOptions) {
    this.#config = config;
    this.#env = env;
    this.#recorded = recorded;
    this.#listed = listed;
    this.#injected = injected;
  }

  /** Whether the request's `model` decides where it goes. */
  asksModel(address: Address): boolean {
    return address.kind === "default" && this.#config.upstreams.size > 1;
  }

  /** The upstreams that an address may lead to, in the order of the file; none for a relay. */
  names(address: Address): string[] {
    if (address.kind === "relay") return [];
    return address.kind === "named" ? [address.name] : [...this.#config.upstreams.keys()];
  }

  /** The upstream of a model, and its name there; `undefined` only where there is none at all. */
  modelUpstream(model: string): ModelUpstream | undefined {
    return upstreamOf(this.#config.upstreams, model, this.#listed);
  }

  /** The models that the settings list for an upstream. */
  configured(name: string): readonly string[] {
    return this.#config.upstreams.get(name)?.models ?? [];
  }

  /**
   * The target of an address.
   *
   * @param model the request's `model`, where {@link asksModel} wants it and there is one.
   * @throws Failure `no_route`, `relay_refused`, `bad_config`
   */
  target(address: Address, model?: string): Target {
    if (address.kind === "relay") return this.#relay(address);
    const { upstreams } = this.#config;
    const name = address.kind === "named"
      ? address.name
      : model === undefined
      ? [...upstreams.keys()][0]
      : this.modelUpstream(model)?.name;
    const upstream = name === undefined ? undefined : upstreams.get(name);
    if (name !== undefined && upstream) return this.#upstream(name, upstream);
    if (upstreams.size === 0) {
      throw new Failure("no_route", "The sidecar has no upstreams configured", {
        hint: "Add one under upstreams in config.yaml, or use /r/https/<host>/<path> as base_url",
      });
    }
    throw new Failure("no_route", `The sidecar has no upstream ${JSON.stringify(name)}`, {
      hint: `There is ${[...upstreams.keys()].join(", ")}`,
    });
  }

  #upstream(name: string, upstream: UpstreamConfig): Target {
    const { timeouts, chosenTimeouts, retry } = this.#config;
    const url = new URL(upstream.baseUrl);
    const { provider = "" } = upstream;
    const profile = profileNamed(provider) ?? profileFor(url);
    const wire = upstream.wire ?? wireFor(profile, upstream.baseUrl);
    const keys = targetKeys(name, upstream, this.#env);
    return {
      name,
      title: titleOf(profile, url),
      base: baseOn(wire, upstream.baseUrl.replace(/\/+$/, "")),
      wire,
      profile: ownHostOnly(profile, url),
      timeouts: { ...timeouts, ...profile.timeouts, ...chosenTimeouts, ...upstream.timeouts },
      retry: { ...retry, ...upstream.retry },
      key: keys[0],
      ...keys.length > 1 && { keys },
      ...upstream.concurrency !== undefined && { concurrency: upstream.concurrency },
    };
  }

  #relay({ scheme, host, path }: Extract<Address, { kind: "relay" }>): Target {
    const { timeouts, chosenTimeouts, retry } = this.#config;
    const hosts = [
      ...this.#config.relay.hosts,
      ...this.#recorded,
      ...(this.#injected?.() ?? []).map(({ baseUrl }) => new URL(baseUrl).origin),
    ];
    const origin = relayOrigin(scheme, host, { hosts, profiles: PROFILES });
    const url = new URL(origin);
    const profile = profileFor(url);
    const base = `${origin}/${path}`.replace(/\/+$/, "");
    const wire = wireFor(profile, base);
    return {
      name: url.host,
      title: titleOf(profile, url),
      base: baseOn(wire, base),
      wire,
      profile: ownHostOnly(profile, url),
      timeouts: { ...timeouts, ...profile.timeouts, ...chosenTimeouts },
      retry,
      key: undefined,
    };
  }
}

function baseOn(wire: Wire, base: string): string {
  return WIRES[wire].base?.(base) ?? base;
}

function titleOf(profile: Profile, url: URL): string {
  return profile === GENERIC ? url.host : profile.title;
}

/** The profile without its login where the host is not the provider's own, such as a gateway with `provider: openai`. */
function ownHostOnly(profile: Profile, url: URL): Profile {
  const own = url.protocol === "https:" && profile.hosts.includes(url.host);
  return own || !profile.takesLogin ? profile : { ...profile, takesLogin: false };
}
