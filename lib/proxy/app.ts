/**
 * The sidecar as one function from request to response: guard, route, body, then the exchange or the pass-through.
 *
 * Everything that is thrown on the way ends in one place, {@link errorResponse}; nothing listens on a socket here.
 *
 * @module
 */

import { Hono } from "hono";
import type { Chance, Clock } from "../base/clock.ts";
import { asFailure, Failure } from "../base/errors.ts";
import { filled, type JsonObject } from "../base/json.ts";
import type { Config } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import type { Net } from "../upstream/attempt_call.ts";
import { type Address, nothingAt, parseAddress } from "./address.ts";
import { readBody, readObject } from "./body.ts";
import { errorResponse } from "./errors_out.ts";
import type { Call, Exchanged } from "./call.ts";
import { exchange as runExchange } from "./exchange.ts";
import { guard } from "./guard.ts";
import { upstreamHeaders } from "./headers.ts";
import { Learned } from "./learned.ts";
import { Live } from "./live.ts";
import { refuseLogin } from "./login.ts";
import { openNet } from "./net.ts";
import { passThrough } from "./passthrough.ts";
import { Router } from "./route.ts";
import { routeTo } from "./routes.ts";
import type { Target } from "./target.ts";

/** What the app is made of. */
export interface AppDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly chance: Chance;
  readonly observer: Observer;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** The sidecar's own version, for `/healthz`. */
  readonly version: string;
  /** Hosts that `init` recorded, in the form of `relay.hosts`; the list may grow. @default none */
  readonly recorded?: readonly string[];
  /** The way to the network. @default one of its own */
  readonly net?: Net;
  /** What `/metrics` shows. @default there is none */
  readonly metrics?: {
    readonly contentType: string;
    /** @param live how many exchanges are running */
    expose(live: number): Promise<string>;
  };
  /** Sends a call somewhere else than its address says: the doctor's own question to this sidecar. @default nobody */
  readonly divert?: (call: Call) => Promise<Call>;
  /** Serves `POST responses`. @default the real one */
  readonly exchange?: (call: Call) => Promise<Exchanged>;
}

/** The app. */
export interface App {
  /** Answers one request; never rejects. */
  fetch(request: Request, info?: unknown): Promise<Response>;
  /** How many exchanges are running. */
  live(): number;
  /** Resolves when none is. */
  drain(): Promise<void>;
  /** Ends all of them; each tells its client why. */
  abort(reason: Failure): void;
  /** Frees the network client, if it is the app's own. For when nothing runs any more. */
  close(): void;
}

/** Requests that must name their model in JSON where more than one upstream could take them. */
const NAMES_MODEL: ReadonlySet<string> = new Set(["responses", "chat/completions", "messages"]);
/** What `fetch` refuses to send. */
const UNSENDABLE: ReadonlySet<string> = new Set(["CONNECT", "TRACE", "TRACK"]);

/** Puts the app together. */
export function createApp(deps: AppDeps): App {
  const { config, chance, observer, env, version, metrics } = deps;
  const net = deps.net ?? openNet(deps.clock, env);
  const learned = new Learned();
  const exchange = deps.exchange ??
    (async (call: Call) =>
      runExchange(await deps.divert?.(call) ?? call, { config, net, chance, observer, learned }));
  const router = new Router({ config, env, recorded: deps.recorded ?? [] });
  const live = new Live();

  async function serve(request: Request): Promise<Response> {
    const { method, url } = request;
    const address = parseAddress(url);
    if (UNSENDABLE.has(method)) {
      throw new Failure("bad_request", `The sidecar cannot pass on the method ${method}`);
    }
    const asks = router.asksModel(address) && method === "POST";
    // Refused before the body is read, unless the body decides where it goes
    const known = asks ? undefined : aim(address, request.headers);
    const body = await readBody(request, config.limits.body);
    const work = method === "POST" && address.rest === "responses";
    const json = work ? readObject(body) : undefined;
    const { target, headers } = known ??
      aim(address, request.headers, modelOf(address, body, json));
    const whole = json?.stream === false;
    if (whole && target.wire !== "responses") {
      throw new Failure(
        "bad_request",
        `An answer of ${target.title} can only be translated as a stream`,
        {
          hint: "Set stream to true in the request",
        },
      );
    }
    const codex = isCodex(request.headers);
    const { signal, leave } = live.enter(request.signal);
    try {
      const { response, done } = json && !whole
        ? await exchange({
          id: chance.id(),
          routes: [routeTo(target, asJson(headers), () => deps.clock.wall())],
          body: json,
          query: address.query,
          codex,
          signal,
        })
        : await passThrough({
          target,
          method,
          rest: address.rest,
          query: address.query,
          headers,
          body,
          codex,
          signal,
          interval: config.heartbeat.interval,
          id: chance.id(),
        }, { ...net, observer });
      done.then(leave, leave);
      return response;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** The target and the headers it gets, or the reason why it gets none. */
  function aim(address: Address, from: Headers, model?: string): Aim {
    const target = router.target(address, model);
    const headers = upstreamHeaders(from, {
      token: config.listen.token,
      key: target.key,
      takesLogin: target.profile.takesLogin,
    });
    refuseLogin(headers, target);
    return { target, headers };
  }

  /** Tells of a refusal: nothing went upstream. */
  function refuse(failure: Failure, request: Request): Response {
    const response = errorResponse(failure, { codex: isCodex(request.headers) });
    const { code, words } = failure;
    observer.notice("warning", words, { code, status: response.status, method: request.method });
    return response;
  }

  const hono = new Hono();
  hono.use(guard(config.listen));
  hono.get("/healthz", (c) => c.json({ status: "ok", version, live: live.count }));
  hono.get("/", (c) => c.text("Codex Sidecar is running. Point base_url at /v1.\n"));
  if (metrics) {
    hono.get("/metrics", async () => {
      const headers = { "content-type": metrics.contentType, "cache-control": "no-store" };
      return new Response(await metrics.expose(live.count), { headers });
    });
  }
  for (const path of ["/v1/*", "/u/*", "/r/*"]) hono.all(path, (c) => serve(c.req.raw));
  hono.notFound((c) => refuse(nothingAt(c.req.path), c.req.raw));
  hono.onError((error, c) => refuse(asFailure(error), c.req.raw));

  return {
    fetch: async (request) => await hono.fetch(request),
    live: () => live.count,
    drain: () => live.drained(),
    abort: (reason) => live.abort(reason),
    close: () => {
      if (!deps.net) net.client.close();
    },
  };
}

interface Aim {
  readonly target: Target;
  readonly headers: Headers;
}

/** Whether the client is Codex: all its faces send `originator`, and a user agent of that name. */
function isCodex(headers: Headers): boolean {
  return headers.has("originator") || /^codex/i.test(headers.get("user-agent") ?? "");
}

/** The request's `model`. Where the path does not promise one, a body that is no JSON is no fault. */
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

function asJson(headers: Headers): Headers {
  headers.set("content-type", "application/json");
  return headers;
}
