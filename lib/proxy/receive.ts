/**
 * Receives one proxied request: its address, its body, where it goes, and who answers it.
 *
 * Everything that cannot be served is thrown as a {@link Failure} before anything goes upstream.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { filled, type JsonObject } from "../base/json.ts";
import type { Address } from "./inbound/address.ts";
import { readBody, readObject } from "./inbound/body.ts";
import type { HelperRequests } from "./helpers/helper_requests.ts";
import { type Served, servedBy } from "./helpers/stand_in.ts";
import { type Aim, aim, aimAt } from "./route/aim.ts";
import { injectionFor } from "./injection/injection.ts";
import { requestOfModel } from "./injection/by_model.ts";
import { isOpenAIModel } from "../provider/openai_models.ts";
import { checkMediaType } from "./inbound/media_type.ts";
import type { Target } from "./route/target.ts";
import { learnLists } from "./endpoints/model_catalog.ts";
import { imagesAim } from "./endpoints/images.ts";
import type { EndpointDeps } from "./endpoints/endpoint.ts";
import type { TeamRequest } from "./team/team_request.ts";

/** The parts of an app that receive a request. */
export interface ReceiveDeps extends EndpointDeps {
  readonly helpers: HelperRequests;
}

/** A request that may be served, and where it goes. */
export interface Received extends Aim {
  readonly address: Address;
  /** A JSON object for an exchange, or bytes to pass through. */
  readonly work:
    | Pick<Served<Aim>, "json" | "helper" | "later">
    | { readonly bytes: Uint8Array<ArrayBuffer>; readonly model?: string | undefined };
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

/** Reads the request and finds its target. The bytes of a body that is understood are not kept. */
export async function receive(
  request: Request,
  written: Address,
  deps: ReceiveDeps,
  team: TeamRequest | undefined,
): Promise<Received> {
  const { config, clock, router } = deps;
  const { method } = request;
  const { rows, address, asked } = injectionFor(written, request.headers, deps.injected);
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
    return await aimed({ method, address, asked, known, model, ...named }, deps, team);
  }
  const { model: there, ...place } = await requestOfModel(model, { address, asked }, rows, deps);
  const named = withModel(body, model, there);
  return await aimed({ method, ...place, known, model, ...named }, deps, team);
}

/** Finds the target of a request whose body is known, and who answers a helper's request. */
async function aimed(
  { method, address, asked, known, model, bytes, json }: Body & {
    readonly method: string;
    readonly address: Address;
    readonly asked: Headers;
    readonly known: Aim | undefined;
    readonly model: string | undefined;
  },
  deps: ReceiveDeps,
  team: TeamRequest | undefined,
): Promise<Received> {
  const first = known ?? aim(address, asked, deps, model);
  if (!json || isKept(json, first.target)) {
    const checked = team?.passed(method, address, bytes, first.target) ?? bytes;
    return { address, ...first, work: { bytes: checked, model } };
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
  deps: ReceiveDeps,
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

/** Whether a helper asks for a model of OpenAI's, which an injected upstream must not be charged for. */
function isHelpers(model: string, headers: Headers): boolean {
  return headers.has("x-openai-subagent") && isOpenAIModel(model);
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
