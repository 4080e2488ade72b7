/**
 * The sidecar as one function from request to response: guard, then its own pages or a proxied request.
 *
 * Everything that is thrown on the way ends in one place, {@link errorResponse}; nothing listens on a socket here.
 *
 * @module
 */

import { Hono } from "hono";
import type { Clock, Random } from "../base/clock.ts";
import { asFailure, Failure } from "../base/errors.ts";
import { type Connection, isNonce, prove } from "../base/identity.ts";
import type { Config } from "../config/config.ts";
import type { Observer } from "../observe/observer.ts";
import type { Net } from "../upstream/attempt_call.ts";
import { nothingAt } from "./inbound/address.ts";
import { disarm, isProxied } from "./inbound/browser.ts";
import { errorResponse } from "./error_response.ts";
import type { Call, Exchanged } from "./call.ts";
import { exchange as runExchange } from "./exchange.ts";
import { guard } from "./inbound/guard.ts";
import { Learned } from "./route/learned.ts";
import { LeftOutNotes } from "./left_out_notes.ts";
import { Live } from "./live.ts";
import { openNet } from "./net.ts";
import { Router } from "./route/router.ts";
import { isCodex, serve } from "./serve.ts";

/** What the app is made of. */
export interface AppDeps {
  readonly config: Config;
  readonly clock: Clock;
  readonly random: Random;
  readonly observer: Observer;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** The sidecar's own version, for `/healthz`. */
  readonly version: string;
  /** Origins that `init` recorded, such as `https://api.example.com`; the list may grow. @default none */
  readonly recorded?: readonly string[];
  /** The way to the network. @default one of its own */
  readonly net?: Net;
  /** What `/metrics` shows. @default there is none */
  readonly metrics?: {
    readonly contentType: string;
    /** @param live how many exchanges are running */
    expose(live: number): Promise<string>;
  };
  /** The secret that proves whose sidecar this is; `undefined` where none could be kept. @default there is none */
  readonly secret?: () => Promise<Uint8Array | undefined>;
  /** Sends a call somewhere else than its address says: the doctor's own question to this sidecar. @default nobody */
  readonly divert?: (call: Call) => Promise<Call>;
  /** Serves `POST responses`. @default the real one */
  readonly exchange?: (call: Call) => Promise<Exchanged>;
}

/** The app. */
export interface App {
  /** Answers one request; never rejects. @param connection on which it came; without it nothing is proved */
  fetch(request: Request, connection?: Connection): Promise<Response>;
  /** How many exchanges are running. */
  live(): number;
  /** Resolves when none is. */
  drain(): Promise<void>;
  /** Ends all of them; each tells its client why. */
  abort(reason: Failure): void;
  /** Frees the network client, if it is the app's own. For when nothing runs any more. */
  close(): void;
}

/** Puts the app together. */
export function createApp(deps: AppDeps): App {
  const { config, random, observer, env, version, metrics } = deps;
  const net = deps.net ?? openNet(deps.clock, env);
  const shared = {
    config,
    net,
    random,
    observer,
    learned: new Learned(),
    leftOut: new LeftOutNotes(observer),
  };
  const exchange = deps.exchange ??
    (async (call: Call) => runExchange(await deps.divert?.(call) ?? call, shared));
  const router = new Router({ config, env, recorded: deps.recorded ?? [] });
  const live = new Live();
  const serving = { config, clock: deps.clock, random, observer, net, router, live, exchange };

  /** Tells of a refusal: nothing went upstream. */
  function refuse(failure: Failure, request: Request): Response {
    const response = errorResponse(failure, { codex: isCodex(request.headers) });
    const { code, fullMessage } = failure;
    observer.notice("warning", fullMessage, {
      code,
      status: response.status,
      method: request.method,
    });
    return response;
  }

  /** `/healthz`; with a nonce, also the proof of whose sidecar this is: `null` where it has no secret. */
  async function health(nonce: string | undefined, connection: Connection | undefined) {
    const facts = { status: "ok", version, live: live.count };
    if (nonce === undefined) return facts;
    if (!isNonce(nonce)) {
      throw new Failure("bad_request", "The nonce must be 32 to 128 lower-case hex digits");
    }
    const secret = connection && await deps.secret?.();
    return { ...facts, proof: secret ? prove(secret, nonce, connection) : null };
  }

  const hono = new Hono<{ Bindings: { connection?: Connection } }>();
  // Around everything, refusals included
  hono.use(async (c, next) => {
    await next();
    disarm(c.res, isProxied(c.req.path));
  });
  hono.use(guard(config.listen));
  hono.get("/healthz", async (c) => c.json(await health(c.req.query("nonce"), c.env.connection)));
  hono.get("/", (c) => c.text("Codex Sidecar is running. Point base_url at /v1.\n"));
  if (metrics) {
    hono.get("/metrics", async () => {
      const headers = { "content-type": metrics.contentType, "cache-control": "no-store" };
      return new Response(await metrics.expose(live.count), { headers });
    });
  }
  for (const path of ["/v1/*", "/u/*", "/r/*"]) hono.all(path, (c) => serve(c.req.raw, serving));
  hono.notFound((c) => refuse(nothingAt(c.req.path), c.req.raw));
  hono.onError((error, c) => refuse(asFailure(error), c.req.raw));

  return {
    fetch: async (request, connection) =>
      await hono.fetch(request, { ...connection && { connection } }),
    live: () => live.count,
    drain: () => live.drained(),
    abort: (reason) => live.abort(reason),
    close: () => {
      if (!deps.net) net.client.close();
    },
  };
}
