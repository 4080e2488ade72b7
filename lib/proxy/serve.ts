/**
 * Serves one proxied request in two steps: receive it (address, body, target, headers), then answer it by an exchange or
 * pass it through.
 *
 * Everything that cannot be served is thrown as a {@link Failure} before anything goes upstream.
 *
 * @module
 */

import type { Clock, Random } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { filled, type JsonObject } from "../base/json.ts";
import type { Config } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import type { Net } from "../upstream/attempt_call.ts";
import { type Address, parseAddress, prefixOf } from "./inbound/address.ts";
import { readBody, readObject } from "./inbound/body.ts";
import type { Call, Exchanged } from "./call.ts";
import type { HelperRequests } from "./helpers/helper_requests.ts";
import { callStandIn, type Served, servedBy } from "./helpers/stand_in.ts";
import { KEY_HEADERS, upstreamHeaders } from "./route/headers.ts";
import type { Live } from "./live.ts";
import { refuseLogin } from "./route/login.ts";
import { checkMediaType } from "./inbound/media_type.ts";
import { passThrough } from "./passthrough/passthrough.ts";
import type { Router } from "./route/router.ts";
import { routeTo } from "./route/route.ts";
import type { Target } from "./route/target.ts";
import { WIRES } from "./wires/wires.ts";

/** The parts of an app that serve a request. */
interface ServeDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  readonly net: Net;
  readonly router: Router;
  readonly live: Live;
  readonly helpers: HelperRequests;
  /** Serves `POST responses`. */
  readonly exchange: (call: Call) => Promise<Exchanged>;
}

/** A request that may be served, and where it goes. */
interface Received extends Aim {
  readonly address: Address;
  /** A JSON object for an exchange, or bytes to pass through. */
  readonly work:
    | Pick<Served<Aim>, "json" | "helper" | "later">
    | { readonly bytes: Uint8Array<ArrayBuffer> };
}

interface Aim {
  readonly target: Target;
  /** For the upstream, key included. */
  readonly headers: Headers;
}

/** Paths whose requests must name their model in JSON where there is more than one upstream. */
const NAMES_MODEL: ReadonlySet<string> = new Set(["responses", "chat/completions", "messages"]);
/** Methods that cannot be sent to an upstream. */
const UNSENDABLE: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Serves one request. @throws {Failure} where it cannot be served */
export async function serve(request: Request, deps: ServeDeps): Promise<Response> {
  return await answer(await receive(request, deps), request, deps);
}

/** Whether the client is Codex: its CLI, its apps and its extensions all send `originator` or a user agent of that name. */
export function isCodex(headers: Headers): boolean {
  return headers.has("originator") || /^codex/i.test(headers.get("user-agent") ?? "");
}

/** Reads the request and finds its target. The bytes of a body that is understood are not kept. */
async function receive(request: Request, deps: ServeDeps): Promise<Received> {
  const { config, clock, router } = deps;
  const { method, headers: asked } = request;
  const address = parseAddress(request.url);
  if (UNSENDABLE.has(method)) {
    throw new Failure("bad_request", `The sidecar cannot pass on the method ${method}`);
  }
  checkMediaType(method, address.rest, asked);
  const asks = router.asksModel(address) && method === "POST";
  // Refused before the body is read, unless the body decides where it goes
  const known = asks ? undefined : aim(address, asked, deps);
  const { limits: { body: limit }, clientTimeout: silence } = config;
  const bytes = await readBody(request, { limit, clock, silence });
  const json = method === "POST" && address.rest === "responses" ? readObject(bytes) : undefined;
  const first = known ?? aim(address, asked, deps, modelOf(address, bytes, json));
  if (!json || isKept(json, first.target)) return { address, ...first, work: { bytes } };
  const helper = deps.helpers.read({ address, headers: asked, body: json, target: first.target });
  const there = (upstream: string) => aimAt(upstream, address, asked, deps);
  const { aim: { target, headers }, ...work } = servedBy({ aim: first, json, helper }, there);
  return { address, target, headers, work };
}

async function answer(
  { address, target, headers, work }: Received,
  { method, url, headers: asked, signal: left }: Request,
  { config, clock, random, observer, net, live, exchange }: ServeDeps,
): Promise<Response> {
  const { query, rest } = address;
  const { signal, leave } = live.enter(left);
  const shared = { id: random.id(), query, codex: isCodex(asked), signal };
  try {
    const route = (to: Aim) => {
      to.headers.set("content-type", "application/json");
      return routeTo(to.target, to.headers, clock.wall, { query, token: config.listen.token });
    };
    const { response, done } = "json" in work
      ? await exchange({
        ...shared,
        routes: [route({ target, headers })],
        body: work.json,
        complete: work.json.stream !== true,
        ...work.helper?.kind !== undefined && { helper: work.helper.kind },
        ...work.later && { standIn: callStandIn(work.later, route) },
      })
      : await passThrough({
        ...shared,
        target,
        method,
        rest,
        prefix: prefixOf(url, address),
        headers,
        body: work.bytes,
        interval: config.heartbeat.interval,
      }, { ...net, observer });
    done.then(leave, leave);
    return response;
  } catch (error) {
    leave();
    throw error;
  }
}

/** The target and the headers it gets, or the reason why it gets none. */
function aim(address: Address, from: Headers, deps: ServeDeps, model?: string): Aim {
  const target = deps.router.target(address, model);
  const { key, wire, profile } = target;
  const { takesLogin } = profile;
  const { authHeaders, ownAuth } = WIRES[wire];
  const headers = upstreamHeaders(from, {
    token: deps.config.listen.token,
    auth: key === undefined ? undefined : authHeaders(key, profile),
    rekeyed: ownAuth ? (own) => authHeaders(own, profile) : undefined,
    takesLogin,
  });
  refuseLogin(headers, target);
  return { target, headers };
}

/** The same for another upstream than the one that the address names: the client's key belongs to that one alone. */
function aimAt(upstream: string, address: Address, from: Headers, deps: ServeDeps): Aim {
  const { rest, query, kind } = address;
  const headers = new Headers(from);
  // Below /v1 the client leaves it to the sidecar who gets its request.
  for (const name of kind === "default" ? [] : KEY_HEADERS) headers.delete(name);
  return aim({ kind: "named", name: upstream, rest, query }, headers, deps);
}

/** Whether the provider keeps the answer (`background`): only its id comes back at once, so the request is passed through. */
function isKept({ stream, background }: JsonObject, { wire }: Target): boolean {
  return stream !== true && background === true && wire === "responses";
}

/** The request's `model`. A body that is no JSON is refused only where the path takes a `model`. */
function modelOf(
  { rest }: Address,
  body: Uint8Array,
  json: JsonObject | undefined,
): string | undefined {
  if (json) return filled(json.model);
  if (NAMES_MODEL.has(rest)) return filled(readObject(body).model);
  try {
    return filled(readObject(body).model);
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
