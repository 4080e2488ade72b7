/**
 * Finds who may answer a request: the upstream it goes to, with all its keys, and those that its settings name as fallbacks.
 *
 * Its rule: a client's key goes to nobody but the upstream that the client chose. A fallback without a key of its own that is
 * not on this machine is left out, and so is one whose key cannot be read, or whose model the user may not ask.
 *
 * @module
 */

import { createHash } from "node:crypto";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { filled, type JsonObject } from "../../base/json.ts";
import { isLoopback } from "../../base/loopback.ts";
import type { Config } from "../../config/config.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import { type Lane, Lanes } from "../../upstream/pool/lanes.ts";
import type { Address } from "../inbound/address.ts";
import { type Aim, aimAt, withKey } from "../route/aim.ts";
import { keyOf } from "../route/headers.ts";
import type { Route } from "../route/route.ts";
import type { Router } from "../route/router.ts";
import type { Target } from "../route/target.ts";
import { Affinity } from "./affinity.ts";
import type { Candidate, Candidates, KeyedRoute } from "./candidate.ts";
import { Supply } from "./supply.ts";

/** A request whose destination is known. */
export interface Asked {
  readonly address: Address;
  /** The client's headers. */
  readonly headers: Headers;
  readonly body: JsonObject;
  readonly aim: Aim;
  /** Whether a model of an upstream may answer who asks. @default every one may */
  readonly allows?: ((model: string, target: Target) => boolean) | undefined;
}

/** What is needed to find the others. */
interface CandidateDeps {
  readonly config: Pick<Config, "listen" | "relay" | "upstreams">;
  readonly router: Router;
  readonly lanes: Lanes;
  /** Makes the route to a destination. */
  route(aim: Aim): Route;
}

/** Everybody who may answer. */
export function candidatesOf(asked: Asked, deps: CandidateDeps): Candidates {
  const { headers, body, aim } = asked;
  const model = filled(body.model) ?? "";
  return {
    first: candidate(aim.target.name, aim, headers, model, undefined, deps),
    others: () => othersOf(asked, model, deps),
  };
}

function othersOf(
  { address, headers, aim: { target }, allows }: Asked,
  model: string,
  deps: CandidateDeps,
): Candidate[] {
  const { config, router } = deps;
  const names = address.kind === "relay"
    ? config.relay.fallback ?? []
    : config.upstreams.get(target.name)?.fallback ?? [];
  return [...new Set(names)].flatMap((written): Candidate[] => {
    const [name = "", ...rest] = written.split("/");
    const chosen = rest.join("/") || undefined;
    try {
      const relay = { ...address, kind: "relay" as const };
      const there = aimAt(name, relay as Address, headers, { router, config });
      if (there.target.key === undefined && !isLoopback(new URL(there.target.base).hostname)) {
        return [];
      }
      const other = chosen ?? modelAt(there.target, model, config);
      if (allows?.(other, there.target) === false) return [];
      return [candidate(written, there, headers, other, other, deps)];
    } catch (error) {
      if (error instanceof Failure) return [];
      throw error;
    }
  });
}

/** The supply of an exchange that has one route and no settings. */
export function lone(route: Route, clock: Clock): Supply {
  const lane = new Lanes(clock).lane(route.target.name, null);
  const only: Candidate = { name: route.target.name, keyed: [{ route, lane }] };
  return new Supply({ first: only, others: () => [] }, {
    clock,
    affinity: new Affinity(),
    thread: "",
    beforeFallback: 2,
  });
}

/** The model that an upstream is asked for in place of another one's: the same where it lists it, else its first. */
function modelAt({ name, profile }: Target, model: string, { upstreams }: CandidateDeps["config"]) {
  const listed = upstreams.get(name)?.models ?? [];
  const known = listed.length > 0 ? listed : profile.catalog?.models.map(({ id }) => id) ?? [];
  return known.includes(model) ? model : known[0] ?? model;
}

function candidate(
  name: string,
  aim: Aim,
  from: Headers,
  model: string,
  asked: string | undefined,
  { config, lanes, route }: CandidateDeps,
): Candidate {
  const { target } = aim;
  const keys = target.keys ?? [undefined];
  const keyed = keys.map((key, at): KeyedRoute => ({
    route: route(key === undefined ? aim : withKey(key, target, from, config)),
    lane: laneOf(aim, key === undefined ? undefined : { at, key }, lanes),
  }));
  const { window } = modelFacts(target.profile, model);
  return {
    name,
    ...asked !== undefined && { model: asked },
    ...window !== undefined && { window },
    keyed: keyed as [KeyedRoute, ...KeyedRoute[]],
  };
}

/** The lane of a key: one of a pool by its number, a client's own by a few digits of a hash. */
function laneOf(
  { target, headers }: Aim,
  pooled: { readonly at: number; readonly key: string } | undefined,
  lanes: Lanes,
): Lane {
  const { name, key, concurrency = null } = target;
  // A key file may hold another key than before.
  if (pooled) return lanes.lane(`${name} key ${pooled.at + 1}`, concurrency, hashOf(pooled.key));
  if (key !== undefined) return lanes.lane(name, concurrency, hashOf(key));
  return lanes.lane(`${name} ${hashOf(keyOf(headers) ?? "")}`, concurrency);
}

function hashOf(key: string): string {
  return createHash("sha256").update(key).digest("hex").slice(0, 8);
}
