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
import type { HelperRequests } from "./helpers/helper_requests.ts";
import { callStandIn, type Served, servedBy } from "./helpers/stand_in.ts";
import { type Aim, aim, aimAt } from "./route/aim.ts";
import type { Failover } from "./failover/failover.ts";
import { lentTo } from "./lent/lent.ts";
import { placeOfModel } from "./lent/place.ts";
import { isOpenAIModel } from "../provider/openai_models.ts";
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
import type { Allowance } from "./inbound/allowance.ts";
import type { Caller } from "./inbound/users.ts";
import { TeamRequest } from "./team_request.ts";

/** The parts of an app that serve a request. */
interface ServeDeps extends EndpointDeps {
  readonly live: Live;
  readonly failover: Failover;
  readonly helpers: HelperRequests;
  readonly search: WebSearch;
  /** What users may do; absent where there are none. */
  readonly allowance?: Allowance;
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

/** A body that was read: its bytes, and its object where it is for an exchange. */
interface Body {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly json: JsonObject | undefined;
}

/** Paths whose requests must name their model in JSON where there is more than one upstream. */
const NAMES_MODEL: ReadonlySet<string> = new Set(["responses", "chat/completions", "messages"]);
/** Methods that cannot be sent to an upstream. */
const UNSENDABLE: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Serves one request. @param caller who asks, where there are users. @throws {Failure} where it cannot be served */
export async function serve(
  request: Request,
  deps: ServeDeps,
  caller?: Caller,
): Promise<Response> {
  const address = parseAddress(request.url);
  const team = caller && deps.allowance && new TeamRequest(caller, deps.allowance, deps.config);
  await team?.admit(request.method, address);
  const own = await endpointOf(request.method, address)?.(request, address, deps);
  if (own) return await team?.catalog(own) ?? own;
  return await answer(await receive(request, address, deps, team), request, deps, team);
}

/** Whether the client is Codex: its CLI, its apps and its extensions all send `originator` or a user agent of that name. */
export function isCodex(headers: Headers): boolean {
  return headers.has("originator") || /^codex/i.test(headers.get("user-agent") ?? "");
}

/** Reads the request and finds its target. The bytes of a body that is understood are not kept. */
async function receive(
  request: Request,
  written: Address,
  deps: ServeDeps,
  team: TeamRequest | undefined,
): Promise<Received> {
  const { config, clock, router } = deps;
  const { method } = request;
  const { rows, address, asked } = lentTo(written, request.headers, deps.lent);
  if (UNSENDABLE.has(method)) {
    throw new Failure("bad_request", `The sidecar cannot pass on the method ${method}`);
  }
  checkMediaType(method, address.rest, asked);
  const asks = (router.asksModel(address) || rows.length > 1) && method === "POST";
  // Refused before the body is read, unless the body decides where it goes
  const known = imagesAim(request, address, deps) ??
    (asks ? undefined : aim(address, asked, deps));
  const { limits: { body: limit }, clientTimeout: silence } = config;
  const came = await readBody(request, { limit, clock, silence });
  const read = method === "POST" && address.rest === "responses" ? readObject(came) : undefined;
  const model = known ? undefined : modelOf(address, came, read);
  const body = { bytes: came, json: read };
  if (model === undefined || rows.length < 2 || isHelpers(model, asked)) {
    const named = await underItsName(model, body, asked, deps);
    return await aimed({ address, asked, known, model, ...named }, deps);
  }
  const { model: there, ...place } = await placeOfModel(model, { address, asked }, rows, deps);
  return await aimed({ ...place, known, model, ...withModel(body, model, there) }, deps);
}

/** Finds the target of a request whose body is known, and who answers a helper's request. */
async function aimed(
  { address, asked, known, model, bytes, json }: Body & {
    readonly address: Address;
    readonly asked: Headers;
    readonly known: Aim | undefined;
    readonly model: string | undefined;
  },
  deps: ServeDeps,
): Promise<Received> {
  const first = known ?? aim(address, asked, deps, model);
  if (!json || isKept(json, first.target)) {
    team?.passed(method, address, bytes, first.target);
    return { address, ...first, work: { bytes } };
  }
  const { target: to, headers: sent } = first;
  const helper = await deps.helpers.read({ address, headers: asked, body: json, target: to, sent });
  const there = (upstream: string) => aimAt(upstream, address, asked, deps);
  const served = servedBy({ aim: first, json, helper }, there);
  const { aim: { target, headers }, ...work } = team?.served(served) ?? served;
  return { address, target, headers, work };
}

/** The body with the name that its upstream gives the model, where the client wrote `upstream/model`. */
async function underItsName(
  model: string | undefined,
  body: Body,
  asked: Headers,
  deps: ServeDeps,
): Promise<Body> {
  if (model === undefined) return body;
  if (deps.router.modelUpstream(model)?.guessed) await learnLists(asked, deps);
  return withModel(body, model, deps.router.modelUpstream(model)?.model ?? model);
}

/** The same body with another name of the model. */
function withModel(body: Body, model: string, there: string): Body {
  if (there === model) return body;
  const json = { ...body.json ?? readObject(body.bytes), model: there };
  return { bytes: new TextEncoder().encode(JSON.stringify(json)), json: body.json && json };
}

/** Whether a helper asks for a model of OpenAI's, which a lent upstream must not be charged for. */
function isHelpers(model: string, headers: Headers): boolean {
  return headers.has("x-openai-subagent") && isOpenAIModel(model);
}

async function answer(
  { address, target, headers, work }: Received,
  { method, url, headers: asked, signal: left }: Request,
  { config, clock, random, net, live, lists, search, failover, exchange, ...deps }: ServeDeps,
  team: TeamRequest | undefined,
): Promise<Response> {
  const observer = team?.marked(deps.observer) ?? deps.observer;
  const { query, rest } = address;
  const { signal, leave } = live.enter(left);
  const codex = isCodex(asked);
  const shared = { id: random.id(), query, codex, signal };
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
        ...team && { caller: team.caller },
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
