/**
 * Serves one proxied request in two steps: receive it (address, body, target, headers), then answer it by an exchange or
 * pass it through.
 *
 * Everything that cannot be served is thrown as a {@link Failure} before anything goes upstream.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { filled, type JsonObject } from "../base/json.ts";
import { type Address, parseAddress, prefixOf } from "./inbound/address.ts";
import { readBody, readObject } from "./inbound/body.ts";
import type { Call, Exchanged } from "./call.ts";
import { codexTraits } from "./codex_version.ts";
import type { RequestIds } from "./request_ids.ts";
import type { HelperRequests } from "./helpers/helper_requests.ts";
import { callStandIn, type Served, servedBy } from "./helpers/stand_in.ts";
import { type Aim, aim, aimAt } from "./route/aim.ts";
import type { Failover } from "./failover/failover.ts";
import type { Live } from "./live.ts";
import { checkMediaType } from "./inbound/media_type.ts";
import { passThrough } from "./passthrough/passthrough.ts";
import { routeTo } from "./route/route.ts";
import { statusForm } from "./status/status_client.ts";
import type { Target } from "./route/target.ts";
import { learnLists } from "./endpoints/model_catalog.ts";
import { endpointOf } from "./endpoints/endpoints.ts";
import { imagesAim } from "./endpoints/images.ts";
import type { EndpointDeps } from "./endpoints/endpoint.ts";
import { explainNoSuchModel } from "./endpoints/no_such_model.ts";
import { answerSearch, SEARCH_PATH } from "./search/endpoint.ts";
import type { WebSearch } from "./search/search.ts";

/** The parts of an app that serve a request. */
interface ServeDeps extends EndpointDeps {
  readonly live: Live;
  readonly failover: Failover;
  readonly requestIds: RequestIds;
  readonly helpers: HelperRequests;
  readonly search: WebSearch;
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

/** Paths whose requests must name their model in JSON where there is more than one upstream. */
const NAMES_MODEL: ReadonlySet<string> = new Set(["responses", "chat/completions", "messages"]);
/** Methods that cannot be sent to an upstream. */
const UNSENDABLE: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Serves one request. @throws {Failure} where it cannot be served */
export async function serve(request: Request, deps: ServeDeps): Promise<Response> {
  const address = parseAddress(request.url);
  const id = deps.random.id();
  deps.requestIds.open(id, request.headers);
  try {
    const own = await endpointOf(request.method, address)?.(request, address, deps);
    if (!own) return await answer(id, await receive(request, address, deps), request, deps);
    deps.requestIds.close(id);
    return own;
  } catch (error) {
    deps.requestIds.close(id);
    throw error;
  }
}

/** Whether the client is Codex: its CLI, its apps and its extensions all send `originator` or a user agent of that name. */
export function isCodex(headers: Headers): boolean {
  return headers.has("originator") || /^codex/i.test(headers.get("user-agent") ?? "");
}

/** Reads the request and finds its target. The bytes of a body that is understood are not kept. */
async function receive(
  request: Request,
  address: Address,
  deps: ServeDeps,
): Promise<Received> {
  const { config, clock, router } = deps;
  const { method, headers: asked } = request;
  if (UNSENDABLE.has(method)) {
    throw new Failure("bad_request", `The sidecar cannot pass on the method ${method}`);
  }
  checkMediaType(method, address.rest, asked);
  const asks = router.asksModel(address) && method === "POST";
  // Refused before the body is read, unless the body decides where it goes
  const known = imagesAim(request, address, deps) ??
    (asks ? undefined : aim(address, asked, deps));
  const { limits: { body: limit }, clientTimeout: silence } = config;
  const came = await readBody(request, { limit, clock, silence });
  const read = method === "POST" && address.rest === "responses" ? readObject(came) : undefined;
  const model = known ? undefined : modelOf(address, came, read);
  const { bytes, json } = await underItsName(model, { bytes: came, json: read }, asked, deps);
  const first = known ?? aim(address, asked, deps, model);
  if (!json || isKept(json, first.target)) return { address, ...first, work: { bytes } };
  const { target: to, headers: sent } = first;
  const helper = await deps.helpers.read({ address, headers: asked, body: json, target: to, sent });
  const there = (upstream: string) => aimAt(upstream, address, asked, deps);
  const { aim: { target, headers }, ...work } = servedBy({ aim: first, json, helper }, there);
  return { address, target, headers, work };
}

/** The body with the name that its upstream gives the model, where the client wrote `upstream/model`. */
async function underItsName(
  model: string | undefined,
  body: { bytes: Uint8Array<ArrayBuffer>; json: JsonObject | undefined },
  asked: Headers,
  deps: ServeDeps,
): Promise<typeof body> {
  if (model === undefined) return body;
  if (deps.router.modelUpstream(model)?.guessed) await learnLists(asked, deps);
  const there = deps.router.modelUpstream(model)?.model ?? model;
  if (there === model) return body;
  const json = { ...body.json ?? readObject(body.bytes), model: there };
  return { bytes: new TextEncoder().encode(JSON.stringify(json)), json: body.json && json };
}

async function answer(
  id: string,
  { address, target, headers, work }: Received,
  { method, url, headers: asked, signal: left }: Request,
  { config, clock, observer, net, live, lists, search, failover, exchange }: ServeDeps,
): Promise<Response> {
  const { query, rest } = address;
  const { signal, leave } = live.enter(left);
  const codex = isCodex(asked);
  const shared = { id, query, codex, signal };
  try {
    if (method === "POST" && rest === SEARCH_PATH && "bytes" in work) {
      const { token } = config.listen;
      const asked = { body: readObject(work.bytes), target, headers, query, token, signal };
      const response = await answerSearch(shared.id, asked, search, { ...net, observer });
      leave();
      return response;
    }
    const route = (to: Aim) => {
      to.headers.set("content-type", "application/json");
      return routeTo(to.target, to.headers, clock.wall, { query, token: config.listen.token });
    };
    const { response, done } = "json" in work
      ? await exchange({
        ...shared,
        ...codex && { traits: codexTraits(asked), status: statusForm(asked, work.json) },
        ...failover.open(
          { address, headers: asked, body: work.json, aim: { target, headers } },
          route,
        ),
        body: work.json,
        complete: work.json.stream !== true,
        ...work.helper?.kind !== undefined && { helper: work.helper.kind },
        ...work.later && { standIn: callStandIn(work.later, route) },
        explain: (failure) =>
          explainNoSuchModel(failure, { target, headers, body: work.json }, lists),
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
